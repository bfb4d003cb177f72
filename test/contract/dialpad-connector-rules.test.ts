/** The connector's pure rules against the simulated Dialpad: what it shapes is taken, what comes is understood. */
import {
  BUCKETS,
  type Bucket,
  FULL,
  HORIZONS_MS,
  leaseCalls,
} from '../../lib/connectors/dialpad/budget.ts';
import { createDigester } from '../../lib/flow/digest.ts';
import { judgeAnswer } from '../../lib/connectors/dialpad/failures.ts';
import {
  type FieldValues,
  observeContact,
  shapeCreate,
  shapePatch,
} from '../../lib/connectors/dialpad/mapping.ts';
import { plantUid, readKey } from '../../lib/connectors/dialpad/uid.ts';
import { verifyWebhook } from '../../lib/connectors/dialpad/webhook.ts';
import {
  contactSchema,
  contactsSchema,
  type WireContact,
} from '../../lib/connectors/dialpad/wire.ts';
import { fieldFingerprint } from '../../lib/engine/fingerprint.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { email, phone, text } from '../../lib/engine/types/index.ts';
import type { FieldType } from '../../lib/engine/value.ts';
import type { WebhookRequest } from '../../lib/ports/app.ts';
import { errorNames, type ErrorName } from '../../lib/local/dialpad/errors.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import type { Received } from '../support/webhook-receiver.ts';
import { noonMs, pathOf, startDialpad } from './dialpad-simulator-world.ts';
import type { Answer, Body, DialpadWorld } from './dialpad-simulator-world.ts';

const [A, B, C] = ['+14155550100', '+14155550101', '+14155550102'];

/** Everything on which the pages are silent, both ways. */
const readings: readonly Body[] = ['keep', 'clear'].flatMap((patchOmitted) =>
  ['clear', 'omitted'].flatMap((patchNull) =>
    ['omitted', 'null', 'empty'].map((emptyFields) => ({ patchOmitted, patchNull, emptyFields })),
  ),
);

describe('the rules of the Dialpad connector', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad({ settings: { callsPerSecond: 10_000 } });
  });

  afterEach(async () => {
    await world.stop();
  });

  const create = async (key: string, fields: FieldValues): Promise<WireContact> => {
    const shaped = shapeCreate(plantUid('trivet', key as CrmKey), fields);
    if (!shaped.ok) throw new Error(shaped.reason);
    return contactSchema.parse((await world.api('PUT', '/contacts', shaped.value)).body);
  };
  const get = async (id: string): Promise<WireContact> =>
    contactSchema.parse((await world.api('GET', pathOf(id))).body);
  const patch = async (id: string, fields: FieldValues, agreed: FieldValues): Promise<Answer> => {
    const shaped = shapePatch({ contact: await get(id), fields, agreed });
    if (!shaped.ok) throw new Error(shaped.reason);
    return world.api('PATCH', pathOf(id), shaped.value);
  };

  test.each([
    ['17', { 'phones.primary': A }],
    ['["a b","ü/?#"]', { first_name: 'Ada' }],
    [
      'x',
      { last_name: 'Two\nLines', company_name: 'Engines\r\n& Co', 'emails.primary': 'a@b.test' },
    ],
    ['~', { job_title: null, 'urls.extra': ['https://a.test'], 'phones.extra': [B, C] }],
  ] as const)('make a contact of record %s, once, and read its key again', async (key, fields) => {
    const made = await create(key, fields);
    const again = await create(key, fields);
    expect(again).toEqual(made);
    const { items } = contactsSchema.parse((await world.api('GET', '/contacts')).body);
    const home = { companyId: world.simulator.companyId, installation: 'trivet' };
    expect(items.map(({ id }) => readKey(id, home))).toEqual([key]);
    expect(await get(made.id)).toEqual(made);
  });

  test.each(readings)('change one field and leave the others, whether %j', async (reading) => {
    const { id } = await create('17', { first_name: 'Ada', 'phones.primary': A });
    await world.person('edit', {
      id,
      set: {
        last_name: 'Lovelace',
        company_name: 'Engines',
        phones: [A, B, '+1 (415) 555-0102'],
        emails: ['ada@home.test'],
        extension: '12',
        trunk_group: 'old',
      },
    });
    await world.settings(reading);
    const before = await get(id);
    const agreed = { 'phones.primary': A };
    expect((await patch(id, { job_title: 'Countess' }, agreed)).status).toBe(200);
    expect(await get(id)).toEqual({ ...before, job_title: 'Countess', phones: [A, B, C] });
    await patch(id, { 'phones.primary': '+14155550199', job_title: null }, agreed);
    expect(await get(id)).toEqual({ ...before, phones: ['+14155550199', B, C] });
    await patch(
      id,
      { last_name: null, 'emails.primary': null },
      { 'emails.primary': 'ada@home.test' },
    );
    const after = observeContact(await get(id), ['last_name', 'emails.primary', 'emails.extra'], 0);
    expect(after.raw).toEqual({ last_name: null, 'emails.primary': null, 'emails.extra': [] });
  });

  test('leave a contact alone that has a number nobody can spell out, and say why', async () => {
    const { id } = await create('17', { first_name: 'Ada' });
    await world.person('edit', { id, set: { phones: [A, '(415) 555-0102'] } });
    const before = await get(id);
    const { status, body } = await patch(id, { job_title: 'Countess' }, {});
    const answer = { status, body, isPage: false, retryAfterMs: null };
    expect(judgeAnswer(answer, { kind: 'write' })).toMatchObject({
      kind: 'rejected',
      reason: 'Dialpad: Phone number (… is not in e164 format. [400]',
    });
    expect(await get(id)).toEqual(before);
  });

  /** Every error the simulation knows, to a write; one more does not compile without its line. */
  const verdicts: Readonly<Record<ErrorName, string>> = {
    'bad-request': 'rejected',
    'bad-cursor': 'rejected',
    'large-limit': 'rejected',
    'raw-id': 'rejected',
    unauthorized: 'halted',
    'key-expired': 'halted',
    forbidden: 'halted',
    'admin-required': 'halted',
    'not-found': 'missing',
    'wrong-method': 'halted',
    conflict: 'exists',
    'too-large': 'rejected',
    throttled: 'retry',
    internal: 'retry',
    unavailable: 'retry',
  };

  test('understand every refusal, whatever its body', async () => {
    for (const error of errorNames) {
      await world.control('POST', '/faults', { kind: 'error', error, count: 1 });
      const { status, body } = await world.api('GET', '/contacts');
      const answer = { status, body, isPage: false, retryAfterMs: null };
      const asked = { kind: 'write' } as const;
      expect([error, judgeAnswer(answer, asked).kind]).toEqual([error, verdicts[error]]);
      expect(judgeAnswer({ ...answer, body: undefined }, asked).kind).toBe(verdicts[error]);
    }
  });

  test('find who changed in a listing by digests alone', async () => {
    const field = (column: string, path: string, type: FieldType) => ({
      path,
      type,
      fingerprint: fieldFingerprint(column, path, type),
    });
    const fields = [
      field('first_name', 'first_name', text()),
      field('phone', 'phones.primary', phone()),
      field('email', 'emails.primary', email()),
    ];
    const digester = createDigester(fields, 'a secret');
    const paths = fields.map(({ path }) => path);
    for (let n = 0; n < 12; n += 1) {
      await create(String(n), { first_name: `P${n}`, 'phones.primary': `+141555501${10 + n}` });
    }
    const home = { companyId: world.simulator.companyId, installation: 'trivet' };
    const digests = async () => {
      const { items } = contactsSchema.parse((await world.api('GET', '/contacts')).body);
      return new Map(
        items.map((contact) => [
          readKey(contact.id, home),
          digester.ofRaw(observeContact(contact, paths, 0).raw),
        ]),
      );
    };
    const before = await digests();
    const uid = (n: number) => ({ uid: `trivet-${n}` });
    await world.person('edit', { ...uid(3), set: { phones: ['+1 (415) 555-0113', B] } });
    await world.person('edit', { ...uid(4), set: { job_title: 'not mapped' } });
    await world.person('edit', { ...uid(5), set: { phones: ['+14155550199'] } });
    await world.person('edit', { ...uid(6), set: { first_name: '-' } });
    const after = await digests();
    const changed = [...after].filter(([key, digest]) => before.get(key) !== digest);
    expect(changed.map(([key]) => key).toSorted((a, b) => (`${a}` < `${b}` ? -1 : 1))).toEqual([
      '5',
      '6',
    ]);
  });

  test.each([
    {},
    { tokenIn: 'authorization' },
    { hookContentType: 'text/plain' },
    { eventIds: 'number' },
  ] satisfies Body[])('hear events %j, and one look shows the contact', async (settings) => {
    const receiver = await startReceiver();
    await world.settings(settings);
    const hook = await world.api('POST', '/webhooks', { hook_url: receiver.url, secret: 'puppy' });
    const endpoint = { contact_type: 'shared', endpoint_id: hook.body['id'] };
    await world.api('POST', '/subscriptions/contact', endpoint);
    await world.person('create', { first_name: 'Ada' });
    const made = await create('17', { first_name: 'Bob' });
    const names: string[] = [];
    for (const post of await receiver.waitFor(2)) {
      const bell = verifyWebhook(requestOf(post), { signing: ['puppy'], path: null }, noonMs);
      const [target] = bell.kind === 'ring' ? bell.look : [];
      names.push((await get(target?.remoteId ?? '')).first_name);
      const forged = { signing: ['kitten'], path: null };
      expect(verifyWebhook(requestOf(post), forged, noonMs).kind).toBe('refused');
    }
    expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['Ada', 'Bob']);
    expect(made.first_name).toBe('Bob');
    await receiver.stop();
  });
});

function requestOf({ method, headers, body }: Received): WebhookRequest {
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { method, path: '/', headers: Object.fromEntries(texts), body: Buffer.from(body) };
}

describe('calls that are leased', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  /** Two who take turns and make every call they may, each at its time. */
  const spend = async (bucket: Bucket, untilMs: number, ask: (n: number) => Promise<Answer>) => {
    let state = FULL;
    let [calls, refused] = [0, 0];
    for (let turn = 0; world.clock.ms < untilMs; turn += 1) {
      const horizonMs = turn % 2 === 0 ? HORIZONS_MS.live : HORIZONS_MS.backfill;
      const nowMs = world.clock.ms;
      const lease = leaseCalls(bucket, state, { wanted: 25, nowMs, horizonMs });
      state = lease.next;
      for (const time of lease.times) {
        world.clock.ms = time;
        calls += 1;
        if ((await ask(calls)).status === 429) refused += 1;
      }
      if (lease.times.length === 0) world.clock.ms += 100;
    }
    return { calls, refused };
  };

  test('are never too many for the company, and nearly as many as there may be', async () => {
    const spent = await spend(BUCKETS.company, noonMs + 20_000, async () =>
      world.api('GET', '/contacts'),
    );
    expect(spent.refused).toBe(0);
    expect(spent.calls).toBeGreaterThan(290);
    const { limits } = (await world.control('GET', '/stats')).body as { limits: Body };
    expect(limits['company']).toMatchObject({ max: 20, refused: 0 });
  });

  test('are never too many creates', async () => {
    const spent = await spend(BUCKETS.creates, noonMs + 130_000, async (n) =>
      world.api('PUT', '/contacts', { uid: `trivet-${n}`, first_name: 'Ada', last_name: '-' }),
    );
    expect(spent.refused).toBe(0);
    expect(spent.calls).toBeGreaterThan(180);
  });
});
