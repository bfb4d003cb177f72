/** Raw to parsed: what a shadow holds is not read anew as long as an end still says it. */
import type { CrmKey, Shadow } from '../../lib/engine/model.ts';
import type { Json, Value } from '../../lib/engine/value.ts';
import { crmSide } from '../../lib/flow/sides.ts';
import { sampleSync } from '../support/flow-world/sample-sync.ts';

const row = (columns: Readonly<Record<string, Json>>) => ({
  key: '1' as CrmKey,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, json]) => [name, { text: JSON.stringify(json), json }]),
  ),
});

function readWith(
  columns: Readonly<Record<string, Json>>,
  agreed: Readonly<Record<string, Value>>,
) {
  const sync = sampleSync();
  const read: string[] = [];
  const fields = sync.spec.fields.map((field) => ({
    ...field,
    type: {
      ...field.type,
      parse: (raw: Json | undefined) => {
        read.push(field.column);
        return field.type.parse(raw);
      },
    },
  }));
  const pairs = Object.fromEntries(
    sync.spec.fields.flatMap(({ column, fingerprint }) => {
      const value = agreed[column];
      return value === undefined ? [] : [[fingerprint, { c: value, r: value }] as const];
    }),
  );
  const shadow: Shadow = { existence: { c: 'present', r: 'present' }, pairs };
  const watched = { ...sync, spec: { ...sync.spec, fields } };
  const side = crmSide(watched, row(columns), null, shadow);
  const plain = crmSide(sync, row(columns), null);
  return { read, side, plain };
}

describe('one side of the merge', () => {
  test('reads only what is not as it was agreed', () => {
    const { read, side, plain } = readWith(
      { email: 'a@x.test', first_name: 'Ann ', phone: '100', tags: ['a', 'b'], city: null },
      { email: 'a@x.test', first_name: 'Ann', phone: '100', tags: ['a', 'b'], city: null },
    );
    expect(read).toEqual(['first_name']);
    expect(side).toEqual(plain);
  });

  test('reads a list that has the same words in another order, and one that is longer', () => {
    expect(readWith({ tags: ['b', 'a'] }, { tags: ['a', 'b'] }).read).toEqual(['tags']);
    expect(readWith({ tags: ['a', 'b', 'c'] }, { tags: ['a', 'b'] }).read).toEqual(['tags']);
  });

  test('reads everything of a record that was never met', () => {
    const { read } = readWith({ email: 'a@x.test', city: 'Ulm' }, {});
    expect(read).toEqual(['email', 'city']);
  });
});
