/** Whatever else somebody may send: requests bent a little or beyond recognition, and forged ones. */
import type { Dice } from './dice.ts';
import { eventOf, type Event, MARK, signToken } from './genuine.ts';
import { AUDIENCE, hmac, KEYS, NEWS_PATH } from './keys.ts';

/** The event with one thing wrong; it may be changed in place. */
type Spoil = (event: Event, dice: Dice, nowMs: number) => unknown;

export function spoil(event: Event, dice: Dice, nowMs: number): unknown {
  let spoilt: unknown = event;
  const times = 1 + (dice.oneIn(3) ? dice.below(3) : 0);
  for (let n = 0; n < times && isObject(spoilt); n += 1)
    spoilt = dice.pick(SPOILS)(spoilt, dice, nowMs);
  return spoilt;
}

const isObject = (value: unknown): value is Event => typeof value === 'object' && value !== null;

const bytesOf = ({ body, isBase64Encoded }: Event): Buffer =>
  Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded === true ? 'base64' : 'utf8');

const withBytes = (event: Event, body: Buffer): Event =>
  Object.assign(event, { body: body.toString('base64'), isBase64Encoded: true });

function bendBody(event: Event, dice: Dice): Event {
  const body = bytesOf(event);
  const at = dice.below(body.length + 1);
  const noise = Buffer.from(dice.noise(1 + dice.below(12)), 'latin1');
  const bent = dice.pick([
    () => body.subarray(0, at),
    () => Buffer.concat([body.subarray(0, at), noise, body.subarray(at)]),
    () => Buffer.concat([body.subarray(0, at), noise, body.subarray(at + noise.length)]),
    () => Buffer.concat([body, body]),
    () => Buffer.alloc(0),
    // Invalid UTF-8, and a mark of byte order.
    () => Buffer.concat([Buffer.from([0xff, 0xfe, 0xc3, 0x28]), body]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
  ]);
  return withBytes(event, bent());
}

const PLACES = ['doorbell', 'webhooks', '__proto__', '', 'DOORBELL', '%77ebhooks'];
const NAMES = [
  'news',
  'calls',
  'ads',
  'contacts-news',
  'contacts-calls',
  MARK,
  NEWS_PATH,
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '..',
  '%6eews',
  'news%00',
  'ne\u0000ws',
  '💥',
  '',
];

function bendPath(event: Event, dice: Dice): Event {
  const ends = [
    '',
    '/',
    `/${NEWS_PATH}`,
    `/${NEWS_PATH.toUpperCase()}`,
    `/${'a'.repeat(40)}`,
    `/x/${NEWS_PATH}/`,
    '?x=1',
    '#',
    '/'.repeat(3_000),
    'é'.repeat(1_100),
  ];
  const path = `${dice.oneIn(8) ? '' : '/'}${dice.pick(PLACES)}/${dice.pick(NAMES)}${dice.pick(ends)}`;
  return Object.assign(event, {
    rawPath: dice.oneIn(20) ? dice.pick<unknown>([null, 7, {}, []]) : path,
  });
}

const KNOWN_HEADERS = [
  'x-mailchimp-signature',
  'x-trivet-signature',
  'authorization',
  'content-type',
];

function bendHeaders(event: Event, dice: Dice): Event {
  const headers = isObject(event['headers']) ? event['headers'] : {};
  const name = dice.pick([...KNOWN_HEADERS, 'x-new', '', 'host']);
  const bent: () => unknown = dice.pick<() => unknown>([
    () => dice.pick<unknown>([null, undefined, [], 'x', 7]),
    () => ({ ...headers, [name]: dice.pick<unknown>([null, 7, [], {}, ['a'], true]) }),
    () => ({ ...headers, [name]: dice.noise(dice.below(200)) }),
    () => ({ ...headers, [name]: 'x'.repeat(20_000) }),
    () =>
      Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toUpperCase(), value])),
    () => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)),
    () => ({
      ...headers,
      ...Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`x-${n}`, 'y'])),
    }),
    () =>
      JSON.parse(
        '{"__proto__":{"x-trivet-signature":"sha256="},"constructor":"x","toString":"y"}',
      ) as unknown,
  ]);
  return Object.assign(event, { headers: bent() });
}

function bendSignature(event: Event, dice: Dice, nowMs: number): Event {
  const headers = isObject(event['headers']) ? { ...event['headers'] } : {};
  const name = KNOWN_HEADERS.find((each) => typeof headers[each] === 'string') ?? 'authorization';
  const given = typeof headers[name] === 'string' ? headers[name] : '';
  const seconds = Math.floor(nowMs / 1000);
  const at = dice.below(given.length + 1);
  headers[name] = dice.pick([
    given.toUpperCase(),
    `${given},${given}`,
    given.slice(0, at),
    `${given.slice(0, at)}${dice.noise(1)}${given.slice(at + 1)}`,
    given.replace(/t=\d+/, `t=${seconds + 1}`),
    given.replace(/t=\d+/, 't=-1'),
    given.replace(/t=\d+/, 't=1e9'),
    given.replace(/t=\d+/, `t=${'9'.repeat(400)}`),
    given.replace(/v1=/, 'v0='),
    given.replace(/(v1=\w+)/, '$1,'.repeat(12)),
    `t=${seconds},v1=`,
    `t=NaN,v1=${'0'.repeat(64)}`,
    'sha256=',
    `sha256=${'é'.repeat(64)}`,
    'Bearer ..',
    `Bearer ${'a.'.repeat(4_000)}`,
    ` ${given} `,
  ]);
  return Object.assign(event, { headers });
}

/** Keys that somebody may guess: empty ones, names, and those of another door. */
const GUESSES = ['', 'undefined', 'null', 'secret', AUDIENCE, 'news', '{"signing":[]}'];

/** Without a key, but for the rest as it ought to be. */
const FORM = Buffer.from(
  `type=subscribe&data[list_id]=${AUDIENCE}&data[email]=${MARK}@people.test`,
);

function forge(event: Event, dice: Dice, nowMs: number): Event {
  const body = dice.oneIn(2) ? FORM : bytesOf(event);
  const seconds = Math.floor(nowMs / 1000);
  const told = { event: 'Updated', contact: { id: `${MARK}-forged`, first_name: MARK } };
  const made = dice.pick([
    () => mailchimpOf(body, seconds, dice.pick([...GUESSES, KEYS.doorbell, ...KEYS.calls])),
    () => ringOf(body, dice.pick([...GUESSES, ...KEYS.news, ...KEYS.calls, NEWS_PATH])),
    () => tokenOf(signToken(told, dice.pick([...GUESSES, KEYS.doorbell, ...KEYS.news]))),
    // Signed well by an algorithm, or with an extension, that we do not take.
    () =>
      tokenOf(
        signToken(told, KEYS.calls[0], { alg: dice.pick(['none', 'HS512', 'RS256', 'hs256', '']) }),
      ),
    () => tokenOf(signToken(told, KEYS.calls[0], { alg: 'HS256', crit: ['exp'] })),
    () =>
      tokenOf(
        signToken(told, KEYS.calls[0], dice.pick([null, [], '"HS256"', '{', '[['.repeat(5_000)])),
      ),
    () => tokenOf(`${signToken(told, '').split('.').slice(0, 2).join('.')}.`),
  ])();
  return made;
}

const mailchimpOf = (body: Buffer, seconds: number, key: string): Event =>
  eventOf({
    path: '/webhooks/news',
    body,
    headers: {
      'x-mailchimp-signature': `t=${seconds},v1=${hmac(key, `${seconds}.`, body).toString('hex')}`,
    },
  });

const ringOf = (body: Buffer, key: string): Event =>
  eventOf({
    path: '/doorbell/contacts-news',
    body,
    headers: { 'x-trivet-signature': `sha256=${hmac(key, body).toString('hex')}` },
  });

const tokenOf = (token: string): Event =>
  eventOf({ path: '/webhooks/calls', body: Buffer.from(token), headers: {} });

const METHODS = [
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'post',
  '',
  'POST ',
  `${'X'.repeat(5_000)}`,
  null,
  7,
  {},
];

function bendMethod(event: Event, dice: Dice): Event {
  const http = { method: dice.pick<unknown>(METHODS) };
  const context = dice.pick<unknown>([{ http }, { http }, { http }, {}, null, { http: null }, 'x']);
  return Object.assign(event, { requestContext: context });
}

const flipEncoding = (event: Event, dice: Dice): Event =>
  Object.assign(event, {
    isBase64Encoded: dice.pick<unknown>([event['isBase64Encoded'] !== true, 'true', 1, null]),
  });

function loseField(event: Event, dice: Dice): Event {
  const { [dice.pick(Object.keys(event).concat('body'))]: _lost, ...rest } = event;
  return rest;
}

const JUNK: readonly unknown[] = [
  null,
  true,
  -0,
  1e308,
  '',
  [],
  {},
  [[[[]]]],
  { length: -1 },
  '\ud800',
  { toString: null },
];

const stuffField = (event: Event, dice: Dice): Event =>
  Object.assign(event, { [dice.pick(Object.keys(event).concat('cookies'))]: dice.pick(JUNK) });

/** As large as Lambda lets an event be, now and then. */
function swell(event: Event, dice: Dice): Event {
  const size = dice.oneIn(60) ? 5_500_000 : dice.pick([65_536, 65_537, 70_000, 262_145, 300_000]);
  const unit = dice.pick(['[', '{"a":', 'a=b&', '\u0000', '💥', 'a.', '=']);
  const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  return Object.assign(event, { body: text, isBase64Encoded: dice.oneIn(3) });
}

const replaceWhole: Spoil = (event, dice) =>
  dice.pick<unknown>([
    null,
    undefined,
    [],
    'x',
    7,
    {},
    { Records: [event] },
    [event],
    JSON.stringify(event),
  ]);

const SPOILS: readonly Spoil[] = [
  bendBody,
  bendBody,
  bendPath,
  bendHeaders,
  bendHeaders,
  bendSignature,
  forge,
  forge,
  bendMethod,
  flipEncoding,
  loseField,
  stuffField,
  swell,
  replaceWhole,
];
