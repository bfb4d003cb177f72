/** Any record state there can be, for property tests. */
import fc from 'fast-check';
import { BRAKE_CLASSES } from '../../lib/engine/caps.ts';
import type {
  AppExistence,
  CrmExistence,
  CrmKey,
  Deed,
  DeedKind,
  End,
  FightMemory,
  Intent,
  Pair,
  ParkedField,
  Parking,
  RecordState,
  RemoteId,
  Shadow,
  Withheld,
} from '../../lib/engine/model.ts';
import type { Value } from '../../lib/engine/value.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const maybeTime = fc.option(time);
const end = fc.constantFrom<End>('crm', 'app');
const crmExistence = fc.constantFrom<CrmExistence>('present', 'excluded', 'absent');
const appExistence = fc.constantFrom<AppExistence>('present', 'archived', 'absent');
const existence = fc.record({ c: crmExistence, r: appExistence });

/**
 * `__proto__` is no column of anybody's, and no JavaScript serializer keeps it. `constructor` is only
 * what Jest stumbles over: it takes an own property of that name for the object's class.
 */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => text !== '__proto__' && text !== 'constructor');

const byField = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });

export const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  text,
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  byField(text),
);

const pair: fc.Arbitrary<Pair> = fc
  .tuple(anyValue, fc.option(anyValue), fc.option(end))
  .map(([c, other, by]) => ({
    c,
    r: other ?? c,
    ...(by === null ? {} : { rewrittenBy: by }),
  }));

const shadow: fc.Arbitrary<Shadow> = fc.record({ existence, pairs: byField(pair) });

const intent: fc.Arbitrary<Intent> = fc.record({
  at: time,
  toApp: byField(anyValue),
  toCrm: byField(anyValue),
  existence: fc.option(fc.record({ end, to: existence })),
});

const parked: fc.Arbitrary<ParkedField> = fc.record({
  kind: fc.constantFrom<ParkedField['kind']>('conflict', 'fight', 'consent', 'rejected'),
  crm: anyValue,
  app: anyValue,
  base: fc.option(pair),
  reason: text,
  at: time,
});

const parking: fc.Arbitrary<Parking> = fc.oneof(
  fc.record({
    kind: fc.constant('waiting' as const),
    until: time,
    attempts: fc.nat(),
    reason: text,
  }),
  fc.record(
    {
      kind: fc.constant('quarantined' as const),
      reason: text,
      at: time,
      blockedBy: text,
      among: fc.array(text as fc.Arbitrary<RemoteId>, { maxLength: 3 }),
    },
    { requiredKeys: ['kind', 'reason', 'at'] },
  ),
);

const fight: fc.Arbitrary<FightMemory> = fc.record({
  before: text,
  reverts: fc.nat(),
  since: time,
});

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constantFrom<DeedKind>('create-app', 'archive-app', 'delete-crm', 'mark-crm'),
    column: fc.constant(null),
  }),
  fc.record({
    kind: fc.constantFrom<DeedKind>('write-app', 'write-crm', 'unsubscribe-app'),
    column: name,
  }),
);

const withheld: fc.Arbitrary<Withheld> = fc.record({
  by: fc.constantFrom('mode' as const, 'brake' as const),
  deeds: fc.array(deed, { minLength: 1, maxLength: 3 }),
  reason: text,
  at: time,
  run: fc.option(text),
});

/** Keys as they come, and some that are empty, look like our own marks, or exceed a sort key. */
export const anyKey: fc.Arbitrary<CrmKey> = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    fc.uuid(),
    text,
    fc.array(text, { minLength: 2, maxLength: 3 }).map((texts) => JSON.stringify(texts)),
    text.map((tail) => `~${tail}`),
    fc.string({ unit: 'grapheme', minLength: 400, maxLength: 1200 }),
  )
  .map((key) => key as CrmKey);

/** As JSON would give it: with ordinary prototypes. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const anyState: fc.Arbitrary<RecordState> = fc
  .record({
    key: anyKey,
    remoteId: fc.option(text.map((id) => id as RemoteId)),
    link: fc.constantFrom('planned' as const, 'linked' as const),
    shadow: fc.option(shadow),
    intent: fc.option(intent),
    parked: byField(parked),
    parking: fc.option(parking),
    fights: byField(fight),
    withdrawnAt: maybeTime,
    wroteAt: maybeTime,
    appVersion: maybeTime,
    archivedByUs: fc.boolean(),
    deletedAt: maybeTime,
    withheld: fc.option(withheld),
    passed: fc.subarray([...BRAKE_CLASSES]),
    renewal: fc.nat(),
    ledger: fc.option(fc.record({ ids: fc.array(fc.string()), row: fc.option(fc.string()) })),
    adopted: fc.option(fc.record({ number: fc.integer({ min: 1 }), isInDoubt: fc.boolean() })),
  })
  .map(({ adopted, ...state }) => plain(adopted === null ? state : { ...state, adopted }));
