/** Tables and audiences as `trivet init` meets them, written short. */
import type {
  AudienceFacts,
  ColumnFacts,
  MergeFieldFacts,
  Sample,
  TableFacts,
} from '../../lib/cli/init/facts.ts';

const BASES: Readonly<Record<string, string>> = {
  integer: 'int4',
  bigint: 'int8',
  boolean: 'bool',
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
};

/** `name type [not null] [default]`, e.g. `id bigint! =` : not null, filled by the database. `mood{sad,ok}` is an enum, `text[]` a list. */
function column(text: string): ColumnFacts {
  const [, name = '', rest = ''] = /^("[^"]+"|\S+) (.*)$/.exec(text) ?? [];
  const type = rest.replaceAll(/[!=*]/g, '').trim();
  const labels = /\{(.*)\}/.exec(type)?.[1]?.split(',') ?? [];
  const bare = type
    .replace(/\[\]$/, '')
    .replace(/\(.*\)/, '')
    .replace(/\{.*\}/, '');
  return {
    name: name.replaceAll('"', ''),
    type,
    base: BASES[bare] ?? bare,
    kind: type.endsWith('[]')
      ? 'array'
      : labels.length > 0
        ? 'enum'
        : bare === 'place'
          ? 'composite'
          : 'scalar',
    not_null: rest.includes('!'),
    filled: rest.includes('=') || rest.includes('*'),
    generated: rest.includes('*'),
    labels,
  };
}

export interface Shape {
  readonly key?: readonly string[];
  readonly unique?: readonly string[];
  readonly relkind?: string;
  readonly isPartition?: boolean;
  readonly schema?: string;
}

export const table = (
  name: string,
  columns: string,
  { key = ['id'], unique = [], relkind = 'r', isPartition = false, schema = 'public' }: Shape = {},
): TableFacts => ({
  schema,
  name,
  relkind,
  is_partition: isPartition,
  rows: '1000',
  columns: columns.split(/;\s*/).map(column),
  primary_key: key,
  uniques: unique.map((each) => ({ columns: each.split(','), solid: !each.includes('?') })),
});

/** `FNAME text First Name`; `!` after the type: required; `dropdown(a|b)`: its choices. */
export const audience = (fields: string): AudienceFacts => ({
  id: 'a1b2c3',
  name: 'News',
  mergeFields: fields === '' ? [] : fields.split(/;\s*/).map(mergeField),
});

function mergeField(text: string): MergeFieldFacts {
  const [, tag = '', type = '', choices, bang = '', label] =
    /^(\S+) ([a-z]+)(?:\(([^)]*)\))?(!?)(?: (.*))?$/.exec(text) ?? [];
  return {
    tag,
    type,
    label: label ?? tag,
    isRequired: bang === '!',
    choices: choices?.split('|') ?? [],
  };
}

export const USUAL = audience(
  'FNAME text First Name; LNAME text Last Name; PHONE phone Phone Number; BIRTHDAY birthday Birthday; ADDRESS address Address',
);

/** Values by column, `,` between them, `-` for none. */
export const sample = (values: Readonly<Record<string, string>>): Sample =>
  Object.fromEntries(
    Object.entries(values).map(([name, list]) => [
      name,
      list.split(',').map((value) => (value === '-' ? null : value)),
    ]),
  );
