/** Requests as their senders make them: Mailchimp signed and unsigned, Dialpad, the CRM; some of odd contents. */
import type { Dice } from './dice.ts';
import { AUDIENCE, hmac, type Issued, KEYS, NEWS_PATH, SYNC } from './keys.ts';

/** An event of an HTTP API, payload 2.0, on its way to being spoilt. */
export type Event = Record<string, unknown>;

export interface Genuine {
  readonly event: Event;
  /** The sync it must wake when nothing of it is spoilt; null where it is old, too large or of odd contents. */
  readonly rings: string | null;
}

/** What connectors and the door take of a body. */
const BODY_BYTES_MAX = 64 * 1024;

/** In everything personal, so that a log that shows some of it is seen. */
export const MARK = 'zqperson';

export interface Making {
  readonly dice: Dice;
  readonly issued: Issued;
  readonly nowMs: number;
}

export function makeGenuine(making: Making): Genuine {
  return making.dice.pick([signedForm, unsignedForm, token, bearer, ring, datedRing])(making);
}

interface Sent {
  readonly path: string;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  readonly method?: string;
}

export function eventOf({ path, body, headers, method = 'POST' }: Sent): Event {
  const isText = headers['content-type']?.startsWith('application/json') === true;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'door.example', 'user-agent': 'sender/1', ...headers },
    requestContext: { http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' } },
    body: body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function signedForm({ dice, issued, nowMs }: Making): Genuine {
  const body = Buffer.from(formOf(dice));
  // Now and then it was made long ago, or by a clock that is wrong.
  const atMs = dice.oneIn(6) ? nowMs + dice.pick([-3_600_000, -301_000, 400_000]) : nowMs;
  const seconds = Math.floor(atMs / 1000);
  const hex = hmac(dice.pick(KEYS.news), `${seconds}.`, body).toString('hex');
  issued.note(hex, { body, sync: SYNC.news, atMs: seconds * 1000 });
  const headers = { ...FORM, 'x-mailchimp-signature': `t=${seconds},v1=${hex}` };
  const isGood = atMs === nowMs && body.length <= BODY_BYTES_MAX;
  return {
    event: eventOf({ path: '/webhooks/news', body, headers }),
    rings: isGood ? SYNC.news : null,
  };
}

function unsignedForm({ dice, issued }: Making): Genuine {
  issued.note(NEWS_PATH, { body: null, sync: SYNC.news, atMs: null });
  const body = Buffer.from(formOf(dice));
  const sent = { path: `/webhooks/news/${NEWS_PATH}`, body, headers: FORM };
  return { event: eventOf(sent), rings: body.length <= BODY_BYTES_MAX ? SYNC.news : null };
}

function token({ dice, issued }: Making): Genuine {
  const text = issueToken(dice, issued);
  const sent = { body: Buffer.from(text), headers: { 'content-type': 'application/jwt' } };
  return { event: eventOf({ path: '/webhooks/calls', ...sent }), rings: null };
}

function bearer({ dice, issued }: Making): Genuine {
  const text = issueToken(dice, issued);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${text}` };
  const sent = { path: '/webhooks/calls', body: Buffer.from('{}'), headers };
  return { event: eventOf(sent), rings: null };
}

const issueToken = (dice: Dice, issued: Issued): string =>
  issued.note(signToken(tellContact(dice), KEYS.calls[0]), {
    body: null,
    sync: SYNC.calls,
    atMs: null,
  });

export function signToken(payload: unknown, key: string, header: unknown = HS256): string {
  const encode = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${hmac(key, signed).toString('base64url')}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };
const JSON_BODY = { 'content-type': 'application/json' };

function ring({ dice, issued }: Making): Genuine {
  const sync = dice.pick(Object.values(SYNC));
  const body = Buffer.from(dice.pick(['{}', '', dice.noise(20)]));
  const hex = hmac(KEYS.doorbell, body).toString('hex');
  const given = issued.note(`sha256=${hex}`, { body, sync: null, atMs: null });
  const headers = { 'content-type': 'x/y', 'x-trivet-signature': given };
  return { event: eventOf({ path: `/doorbell/${sync}`, body, headers }), rings: sync };
}

function datedRing({ dice, issued, nowMs }: Making): Genuine {
  const sync = dice.pick(Object.values(SYNC));
  const body = Buffer.from('{}');
  const isOld = dice.oneIn(6);
  const seconds = Math.floor(nowMs / 1000) - (isOld ? 3_600 : 0);
  const hex = hmac(KEYS.doorbell, `${seconds}.${sync}.`, body).toString('hex');
  const given = issued.note(`t=${seconds},v1=${hex}`, { body, sync, atMs: seconds * 1000 });
  const headers = { ...JSON_BODY, 'x-trivet-signature': given };
  return {
    event: eventOf({ path: `/doorbell/${sync}`, body, headers }),
    rings: isOld ? null : sync,
  };
}

const ODD = [
  '\u0000',
  '\ud800',
  '\uffff',
  '\ufffe',
  '\u202e',
  'ß',
  '💥',
  "';--",
  '%00',
  '$&',
  '\r\nx: y',
];

/** A person's address, of the kind that people type, or of none. */
const address = (dice: Dice): string => {
  const odd = dice.oneIn(4) ? dice.pick(ODD) : '';
  const long = dice.oneIn(40) ? 'x'.repeat(10_000) : '';
  return `${MARK}.${dice.below(1_000)}${odd}${long}@people.test`;
};

function formOf(dice: Dice): string {
  const form = new URLSearchParams({
    type: dice.pick(['subscribe', 'unsubscribe', 'profile', 'upemail', 'cleaned', '__proto__']),
    fired_at: '2026-01-01 00:00:00',
    'data[list_id]': AUDIENCE,
    'data[email]': address(dice),
    'data[merges][FNAME]': `${MARK}${dice.pick(ODD)}`,
  });
  if (dice.oneIn(3)) form.set('data[new_email]', address(dice));
  if (dice.oneIn(3)) form.set('data[old_email]', address(dice));
  const more = dice.oneIn(200) ? 2_000 : dice.below(3);
  for (let n = 0; n < more; n += 1)
    form.append(dice.pick(['data[__proto__]', 'a[b][c]', 'x']), 'y');
  return form.toString();
}

function tellContact(dice: Dice): unknown {
  const id = dice.pick<unknown>([
    `pool_uid_${dice.below(99)}`,
    12,
    2 ** 60,
    null,
    'x'.repeat(600),
    `a${dice.pick(ODD)}`,
  ]);
  const told = {
    event: dice.pick(['Updated', 'Created', 'Deleted', '', '__proto__']),
    contact: {
      id,
      first_name: `${MARK}${dice.pick(ODD)}`,
      emails: dice.pick<unknown>([[address(dice)], null, 'x', [[[]]], [1, {}]]),
      phones: dice.pick<unknown>([
        ['+493012345678'],
        [null],
        {},
        ['x'.repeat(5_000)],
        ['+'.repeat(300)],
      ]),
      primary_phone: dice.pick<unknown>(['+493012345678', 5, '٣٤٥', '1'.repeat(4_000)]),
    },
    ...(dice.oneIn(5) ? { exp: dice.pick<unknown>([1, -1, 1e300, 'x', null]) } : {}),
    ...(dice.oneIn(5) ? { nbf: dice.pick<unknown>([1, 1e300, 'x', null]) } : {}),
  };
  return dice.oneIn(8)
    ? dice.pick<unknown>([
        null,
        [],
        5,
        '"x"',
        '{',
        '['.repeat(20_000),
        '{"contact":{"__proto__":{"id":"1"}},"event":"x"}',
        { event: 'Updated' },
      ])
    : told;
}
