/** Arbitrary records, edits and scripts for the laws of the whole record. */
import fc from 'fast-check';
import type { End, FieldSpec } from '../../lib/engine/model.ts';
import { isEquivalent, type Value } from '../../lib/engine/value.ts';
import { EVERY_FIELD } from './fields.ts';
import { applyRecord, edit, type World } from './two-ends.ts';

function valuesFor(field: FieldSpec): fc.Arbitrary<Value> {
  switch (field.role) {
    case 'match':
      return fc.constantFrom('a@x.org', 'b@x.org');
    case 'consent':
      return fc.constantFrom('transactional', 'pending', 'subscribed', 'unsubscribed', 'cleaned');
    case 'set':
      return fc.subarray(['p', 'q', 'r']);
    case 'plain':
      return fc.constantFrom(null, 'a', 'b', 'c');
  }
}

type Values = Record<string, Value>;

const valuesOf = (fields: readonly FieldSpec[]): fc.Arbitrary<Values> =>
  fc.record(Object.fromEntries(fields.map((field) => [field.fingerprint, valuesFor(field)])));

export const record = valuesOf(EVERY_FIELD);
const someFields = fc.subarray([...EVERY_FIELD]).chain(valuesOf);
export const ends = fc.constantFrom<End>('crm', 'app');

export interface Edit {
  readonly end: End;
  readonly values: Values;
  readonly waitMs: number;
  /** The person opted in at that end with this edit. */
  readonly isOptIn: boolean;
  /** An apply call follows. */
  readonly isSynced: boolean;
}

export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    end: ends,
    values: someFields,
    waitMs: fc.constantFrom(1_000, 60_000),
    isOptIn: fc.boolean(),
    isSynced: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** Plays the edits, applying where the script says so and once at the end. */
export function play(
  world: World,
  script: readonly Edit[],
  each: () => void = () => {},
  apply: (world: World) => unknown = applyRecord,
): void {
  for (const { end, values, waitMs, isOptIn, isSynced } of script) {
    world.now += waitMs;
    edit(world, end, values);
    const { crm, app } = world.ends;
    if (isOptIn && end === 'crm') world.ends.crm = { ...crm, optInAt: world.now };
    if (isOptIn && end === 'app') world.ends.app = { ...app, optInAt: world.now };
    if (isSynced) apply(world);
    each();
  }
  world.now += 1_000;
  apply(world);
  each();
}

/** Columns in which the ends differ although nothing is parked there. */
export const unequal = ({ spec, ends: { crm, app }, state }: World): string[] =>
  spec.fields
    .filter(({ fingerprint }) => state.parked[fingerprint] === undefined)
    .filter(
      ({ type, fingerprint: name }) =>
        !isEquivalent(type, crm.fields[name] ?? null, app.fields[name] ?? null),
    )
    .map(({ column }) => column);
