/** SPEC.md ⇄ code ⇄ tests: its tables are run, and every file, function and test it names is looked up. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mergeExistence } from '../../lib/engine/existence.ts';
import type { Standing } from '../../lib/engine/delta.ts';
import { mergeField, type FieldVerdict } from '../../lib/engine/merge.ts';
import type {
  AppExistence,
  CrmExistence,
  Owner,
  Pair,
  ParkedKind,
} from '../../lib/engine/model.ts';
import { RECORD_LABELS } from '../../lib/engine/record-label.ts';
import { fieldOf } from '../engine/fields.ts';
import { ROOT, readText } from './source-tree.ts';

const SPEC = readText('lib/engine/SPEC.md');

type Row = readonly string[];

const cellsOf = (line: string): Row =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the table that follows a mark (or begins with it), its head first, without the line under it. */
function tableAfter(mark: string): readonly Row[] {
  const rest = SPEC.slice(SPEC.indexOf(mark));
  const lines = rest.slice(mark.startsWith('|') ? 0 : rest.indexOf('\n|') + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  const [head = '', , ...rows] = lines.slice(0, end);
  return [head, ...rows].map(cellsOf);
}

interface Named {
  readonly path: string;
  readonly names: readonly string[];
}

/** `lib/flow/pull.ts` (`pullSync`, `resume`). */
const codeNamed = (text: string): readonly Named[] =>
  [...text.matchAll(/`(lib\/[\w./-]+)` \(([^)]*)\)/g)].map(([, path = '', names = '']) => ({
    path,
    names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  }));

/** `test/engine/merge.laws.test.ts` “is total”. */
const testsNamed = (text: string): readonly Named[] =>
  [...text.matchAll(/`(test\/[\w./-]+)` “([^”]+)”/g)].map(([, path = '', name = '']) => ({
    path,
    names: [name],
  }));

const missing = (
  named: readonly Named[],
  isIn: (text: string, name: string) => boolean,
): readonly string[] =>
  named.flatMap(({ path, names }) => {
    if (!existsSync(join(ROOT, path))) return [path];
    const text = readText(path);
    return names.filter((name) => !isIn(text, name)).map((name) => `${path}: ${name}`);
  });

const isDeclared = (text: string, name: string): boolean =>
  new RegExp(`\\b(?:function|const) ${name}\\b`).test(text);

describe('the invariants', () => {
  const [, ...rows] = tableAfter('<!-- table: invariants -->');

  test('are I1 to I14, each with a promise', () => {
    expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 14 }, (_, i) => `I${i + 1}`));
    expect(rows.filter(([, promise = '']) => !/^\*\*.+\*\*/.test(promise))).toEqual([]);
  });

  test.each(rows.map((row) => [row[0], row] as const))(
    '%s names who enforces it and what tests it',
    (_id, row) => {
      const [, , enforced = '', tested = ''] = row;
      expect(codeNamed(enforced).flatMap(({ names }) => names)).not.toEqual([]);
      expect(testsNamed(tested)).not.toEqual([]);
    },
  );
});

describe('what is named', () => {
  test('functions are declared in the files that are said to hold them', () => {
    const named = codeNamed(SPEC);
    expect(named.length).toBeGreaterThan(20);
    expect(missing(named, isDeclared)).toEqual([]);
  });

  test('tests bear these names', () => {
    const named = testsNamed(SPEC);
    expect(named.length).toBeGreaterThan(20);
    const plain = (text: string): string => text.replaceAll(/\\(['"`])/g, '$1');
    expect(missing(named, (text, name) => plain(text).includes(name))).toEqual([]);
  });

  test('the labels of a record and the kinds of parked fields are those of the engine', () => {
    const labels = tableAfter('## The state of a record')
      .slice(1)
      .map(([label = '']) => label);
    expect(labels.toSorted()).toEqual([...RECORD_LABELS].toSorted());
    const KINDS: Record<ParkedKind, true> = {
      conflict: true,
      fight: true,
      consent: true,
      rejected: true,
      unreadable: true,
      blocked: true,
      waiting: true,
    };
    const kinds = tableAfter('| a field parked as')
      .slice(1)
      .flatMap(([kind = '']) => kind.split(', '));
    expect(kinds.toSorted()).toEqual(Object.keys(KINDS).toSorted());
  });

  test('the rules of consent are those of the engine', () => {
    const rules = tableAfter('| ends ')
      .slice(1)
      .map((row) => row.at(-1)?.replaceAll('`', '') ?? '');
    const code = readText('lib/engine/consent.ts');
    expect(rules.filter((rule) => rule !== '' && !code.includes(`'${rule}'`))).toEqual([]);
  });

  test('every gap says what happens meanwhile', () => {
    const gaps = tableAfter('## Gaps').slice(1);
    expect(gaps.length).toBeGreaterThan(5);
    expect(gaps.filter(([, why = '']) => !why.endsWith('.'))).toEqual([]);
  });
});

describe('the table of fields', () => {
  const [head = [], ...rows] = tableAfter('<!-- table: fields -->');
  const OWNERS: readonly Owner[] = ['crm', 'app', 'shared'];
  /** No Partial: a standing that is missing here does not compile. */
  const ENDS: Record<Standing, { pair: Pair | undefined; crm: string; app: string }> = {
    unchanged: { pair: { c: 'a', r: 'a' }, crm: 'a', app: 'a' },
    'crm-changed': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'a' },
    'app-changed': { pair: { c: 'a', r: 'a' }, crm: 'a', app: 'c' },
    'both-equal': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'b' },
    'both-differ': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'c' },
    first: { pair: undefined, crm: 'b', app: 'c' },
    uneven: { pair: { c: 'b', r: 'c' }, crm: 'b', app: 'c' },
  };

  const sayingOf = (verdict: FieldVerdict): string => {
    if (verdict.kind === 'write') return verdict.app === undefined ? 'write CRM' : 'write app';
    // The fields here are left to a person, which is what a policy looks like.
    if (verdict.kind === 'park') return 'policy';
    return verdict.kind === 'nothing' ? '–' : verdict.kind;
  };

  test('has a row for every standing and a column for every owner', () => {
    expect(head.slice(1)).toEqual(['owner CRM', 'owner app', 'shared']);
    expect(rows.map(([standing = '']) => standing).toSorted()).toEqual(
      Object.keys(ENDS).toSorted(),
    );
  });

  test.each(rows.map((row) => [row[0] as Standing, row] as const))(
    'is what the engine does: %s',
    (standing, row) => {
      const merge = { ...ENDS[standing], crmAt: null, appAt: null, mayWait: true };
      const did = OWNERS.map((owner) =>
        sayingOf(mergeField({ ...merge, field: fieldOf('x', { owner }) })),
      );
      expect(did).toEqual(row.slice(1));
    },
  );
});

describe('the table of existence', () => {
  const [head = [], ...rows] = tableAfter('<!-- table: existence -->');
  const bases = head.slice(2).map((title) => {
    const [c, r] = title.split(' / ') as [CrmExistence, AppExistence | undefined];
    return r === undefined ? null : { c, r };
  });

  test('has nine rows and ten columns', () => {
    expect(new Set(rows.map(([crm, app]) => `${crm}/${app}`)).size).toBe(9);
    expect(new Set(head.slice(2)).size).toBe(10);
  });

  test.each(rows.map((row) => [row[0] as CrmExistence, row[1] as AppExistence, row] as const))(
    'is what the engine does: CRM %s, app %s',
    (crm, app, row) => {
      const spec = {
        create: { inApp: true, inCrm: true },
        onCrmDelete: 'archive',
        onAppDelete: 'leave',
        mark: null,
      } as const;
      const rest = { planned: false, archivedByUs: false, deletedAt: null, appChangedAt: null };
      const did = bases.map((base) => mergeExistence({ spec, base, crm, app, ...rest }).action);
      expect(did.map((action) => (action === 'settle' ? '–' : action))).toEqual(row.slice(2));
    },
  );
});
