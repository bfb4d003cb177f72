/** The laws of the judgement of a whole record: two ends, random edits, writes carried out until nothing is left. */
import fc from 'fast-check';
import { FIGHT_REVERTS_MAX } from '../../lib/engine/fights.ts';
import { judge } from '../../lib/engine/judge.ts';
import type { End, FieldSpec, RecordState } from '../../lib/engine/model.ts';
import { isEquivalent, type Value } from '../../lib/engine/value.ts';
import {
  APP_OWNED,
  CRM_OWNED,
  EVERY_FIELD,
  LABELS,
  MATCH,
  SHARED_APP,
  SHARED_CRM,
  SHARED_MANUAL,
  SHARED_NEWEST,
  STATUS,
  fieldOf,
  syncOf,
} from './fields.ts';
import {
  applyRecord,
  caseOf,
  createWorld,
  edit,
  freshState,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

const words = fc.constantFrom<Value>(null, 'a', 'b', 'c');
const valuesFor = (field: FieldSpec): fc.Arbitrary<Value> => {
  switch (field.role) {
    case 'match':
      return fc.constantFrom('a@x.org', 'b@x.org');
    case 'consent':
      return fc.constantFrom('transactional', 'pending', 'subscribed', 'unsubscribed', 'cleaned');
    case 'set':
      return fc.subarray(['p', 'q', 'r']);
    case 'plain':
      return words;
  }
};
const record = fc.record(
  Object.fromEntries(EVERY_FIELD.map((field) => [field.fingerprint, valuesFor(field)])),
);
const someFields: fc.Arbitrary<Record<string, Value>> = fc
  .subarray([...EVERY_FIELD])
  .chain((fields) =>
    fc.record(Object.fromEntries(fields.map((field) => [field.fingerprint, valuesFor(field)]))),
  );
const ends = fc.constantFrom<End>('crm', 'app');

interface Edit {
  readonly end: End;
  readonly values: Readonly<Record<string, Value>>;
  readonly waitMs: number;
  readonly isSynced: boolean;
}
const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    end: ends,
    values: someFields,
    waitMs: fc.constantFrom(1_000, 60_000),
    isSynced: fc.boolean(),
  }),
  { maxLength: 12 },
);

function play(world: World, script: readonly Edit[]): void {
  for (const { end, values, waitMs, isSynced } of script) {
    world.now += waitMs;
    edit(world, end, values);
    if (isSynced) applyRecord(world);
  }
  world.now += 1_000;
  applyRecord(world);
}

const unequal = ({ spec, ends: { crm, app }, state }: World): string[] =>
  spec.fields
    .filter(({ fingerprint }) => state.parked[fingerprint] === undefined)
    .filter(
      ({ type, fingerprint: name }) =>
        !isEquivalent(type, crm.fields[name] ?? null, app.fields[name] ?? null),
    )
    .map(({ column }) => column);

describe('A record at both ends', () => {
  test('becomes equal in every field that is not parked, and is then not written again', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = createWorld(syncOf(), {
          crm: sideOf('present', crm),
          app: sideOf('present', app),
        });
        play(world, script);
        expect(unequal(world)).toEqual([]);
        const before = world.writes.length;
        const state = world.state;
        applyRecord(world);
        applyRecord(world);
        expect(world.writes.slice(before)).toEqual([]);
        expect(world.state.parked).toEqual(state.parked);
      }),
      { numRuns: 500 },
    );
  });
});
