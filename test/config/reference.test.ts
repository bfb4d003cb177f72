/** docs/configuration.md is what the schemas say, and the schemas say something of every option. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import typed from '../../docs/snippets/typed.config.ts';
import { FIELD_TYPES } from '../../lib/config/field-type-words.ts';
import { readReferenceParts } from '../../lib/config/reference-parts.ts';
import { writeConfigReference } from '../../lib/config/reference.ts';
import { computedShape, configShape, fieldShape, syncShape } from '../../lib/config/schema.ts';
import { crmShape } from '../../lib/config/crm-schema.ts';
import type { ComputedInput, FieldInput, SyncInput, TrivetInput } from '../../lib/config/define.ts';
import * as types from '../../lib/engine/types/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

/** The two that say what an option is called: for the compiler and for everybody else. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
type KeysOf<T> = T extends unknown ? keyof T : never;
const hasSameKeys: readonly true[] = [
  true satisfies Same<KeysOf<FieldInput>, keyof z.input<typeof fieldShape>>,
  true satisfies Same<KeysOf<ComputedInput>, keyof z.input<typeof computedShape>>,
  true satisfies Same<keyof SyncInput, keyof z.input<typeof syncShape>>,
  true satisfies Same<
    keyof TrivetInput<object, Record<never, never>>,
    keyof z.input<typeof configShape>
  >,
];

test('the page is what the schemas say', () => {
  const remedy = 'npm run docs:config';
  expect({ remedy, page }).toEqual({ remedy, page: writeConfigReference(readReferenceParts()) });
});

test('every option of the schemas is on it, and known to the compiler by the same name', () => {
  const { apps } = readReferenceParts();
  const shapes = [configShape, crmShape, syncShape, fieldShape, computedShape];
  const options = [...shapes, ...apps.map(({ app }) => app.rules.schema)].flatMap(({ shape }) =>
    Object.keys(shape),
  );
  expect(options.length).toBeGreaterThan(35);
  expect(options.filter((option) => !page.includes(`| \`${option}\` |`))).toEqual([]);
  expect(hasSameKeys).toHaveLength(4);
});

test('the configuration on it is accepted', () => {
  expect(typed.syncs.map(({ spec, scheduleMinutes }) => [spec.name, scheduleMinutes])).toEqual([
    ['contacts-news', 1],
    ['suppliers-supply', 15],
  ]);
  const row = { email: 'a@x.test', is_internal: false, first_name: 'Ann', last_name: null };
  const [contacts] = typed.syncs;
  expect(contacts?.include(row)).toBe(true);
  expect(contacts?.include({ ...row, is_internal: true })).toBe(false);
  expect(contacts?.spec.fields.at(-1)?.compute?.(row)).toBe('Ann');
});

test('an option nobody described stops the page', () => {
  const { apps, ...parts } = readReferenceParts();
  const [first] = apps;
  if (first === undefined) throw new Error('there is one app at least');
  const schema = first.app.rules.schema.extend({ silent: z.boolean() });
  const app = { ...first.app, rules: { ...first.app.rules, schema } };
  expect(() => writeConfigReference({ ...parts, apps: [{ ...first, app }] })).toThrow(
    'the option silent has no description or no example: give it a .meta({ … })',
  );
});

test('every field type is told', () => {
  const isFieldType = (made: unknown): boolean =>
    typeof made === 'object' && made !== null && 'parse' in made && 'key' in made;
  const factories = Object.entries(types).flatMap(([name, make]) => {
    if (typeof make !== 'function') return [];
    const tries = [[], [['a word']]].map((given) => {
      try {
        return (make as (...given: unknown[]) => unknown)(...given);
      } catch {
        return null;
      }
    });
    return tries.some(isFieldType) ? [name] : [];
  });
  expect(FIELD_TYPES.map(({ name }) => name).toSorted()).toEqual(factories.toSorted());
});
