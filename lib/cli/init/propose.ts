/** The whole proposal: what the configuration says, and what its comments say about it. Pure: the same facts, the same text. */
import { nameOf } from '../../config/compile.ts';
import { writeTableName } from '../../config/table-name.ts';
import type { AudienceFacts, ColumnFacts, Sample, TableFacts } from './facts.ts';
import type { MatchCandidate } from './choose-match.ts';
import { proposeComputed, type ComputedProposal } from './computed.ts';
import { mapFields, type MappedField } from './map-fields.ts';
import { meaningOf, wordsOf } from './meaning.ts';
import { keyOf } from './rank-tables.ts';
import {
  findConsent,
  findFilters,
  findLanguage,
  findTags,
  findVip,
  type Filter,
} from './special-columns.ts';

export interface Proposal {
  readonly appName: string;
  readonly syncName: string;
  /** What the configuration would call it gives no name, so it must say one. */
  readonly mustBeNamed: boolean;
  readonly table: TableFacts;
  readonly audience: AudienceFacts;
  readonly key: readonly string[];
  readonly match: string;
  readonly mayMatchBeEmpty: boolean;
  readonly fields: readonly MappedField[];
  readonly computed: readonly ComputedProposal[];
  readonly filters: readonly Filter[];
  readonly create: 'both' | 'app';
  readonly notes: {
    readonly match: readonly string[];
    readonly consent: readonly string[];
    readonly create: readonly string[];
    readonly fields: readonly string[];
  };
}

export interface Choices {
  readonly appName: string;
  readonly table: TableFacts;
  readonly audience: AudienceFacts;
  readonly match: MatchCandidate;
  readonly sample: Sample;
}

export function propose({ appName, table, audience, match, sample }: Choices): Proposal {
  const key = keyOf(table) ?? [];
  const special = [
    findConsent(table, sample),
    findTags(table, sample),
    findLanguage(table, sample),
    findVip(table),
  ];
  const [consent, ...others] = special;
  const own: MappedField = {
    column: match.column.name,
    app: 'email_address',
    type: { call: 'email()', owner: 'crm' },
  };
  const given = special.flatMap(({ fields }) => fields);
  const filters = findFilters(table);
  const taken = new Set([
    ...[own, ...given].map(({ column }) => column),
    ...filters.map(({ column }) => column),
    ...key,
  ]);
  const map = mapFields(table, audience, { sample, taken });
  const place = (field: MappedField): number =>
    table.columns.findIndex(({ name }) => name === field.column);
  const fields = [own, ...[...map.fields, ...given].toSorted((a, b) => place(a) - place(b))];
  const made = proposeComputed(table, map);
  const computed = made.computed;
  const filled = new Set([...fields, ...computed].map(({ app }) => app));
  const create = decideCreate(table, key, fields);
  const name = nameOf({ table: writeTableName(table), app: appName });
  const mustBeNamed = !NAME.test(name);
  return {
    appName,
    syncName: mustBeNamed ? madeUpName(table, appName) : name,
    mustBeNamed,
    table,
    audience,
    key,
    match: match.column.name,
    mayMatchBeEmpty: !match.column.not_null,
    fields,
    computed,
    filters,
    create: create.value,
    notes: {
      match: match.doubts,
      consent: consent?.notes ?? [],
      create: create.notes,
      fields: [
        ...others.flatMap(({ notes }) => notes),
        ...unfilledNotes(map, filled),
        ...unmappedNotes(table, { fields, computed, filters, key }),
      ],
    },
  };
}

const NAME = /^[a-z][a-z0-9-]{0,40}$/;

/** A table may be called anything, a sync may not. */
function madeUpName({ name }: TableFacts, app: string): string {
  const words = wordsOf(name)
    .map((word) => word.replaceAll(/[^a-z0-9]/g, ''))
    .filter((word) => word !== '');
  const readable = words
    .join('-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40 - app.length);
  return `${readable === '' ? 'people' : readable.replace(/-$/, '')}-${app}`;
}

/** A row can be made of what a member has, or it cannot. */
function decideCreate(
  { columns }: TableFacts,
  key: readonly string[],
  fields: readonly MappedField[],
): { readonly value: Proposal['create']; readonly notes: readonly string[] } {
  const mapped = new Set(fields.map(({ column }) => column));
  const isBare = ({ not_null: notNull, filled }: ColumnFacts): boolean => notNull && !filled;
  const keys = columns.filter(({ name }) => key.includes(name));
  const unmakable = keys.filter((column) => !column.filled && column.base !== 'uuid');
  const others = columns.filter((column) => !key.includes(column.name) && isBare(column));
  const [lacking, fillable] = [
    others.filter(({ name }) => !mapped.has(name)),
    others.filter(({ name }) => mapped.has(name) && name !== fields[0]?.column),
  ];
  if (unmakable.length > 0)
    return app(`the database makes no key by itself (${namesOf(unmakable)})`);
  if (lacking.length > 0)
    return app(
      `${namesOf(lacking)} may not be empty, and nothing at Mailchimp fills ${lacking.length > 1 ? 'them' : 'it'}`,
    );
  return {
    value: 'both',
    notes:
      fillable.length === 0
        ? []
        : [
            `Members without ${namesOf(fillable)} get no row: the column may not be empty. They are parked, with the reason.`,
          ],
  };
}

const app = (why: string) => ({
  value: 'app' as const,
  notes: [`No rows are made of members only Mailchimp has: ${why}.`],
});

const namesOf = (columns: readonly { readonly name: string }[]): string =>
  columns.map(({ name }) => name).join(', ');

function unfilledNotes(
  { unfilled }: ReturnType<typeof mapFields>,
  filled: ReadonlySet<string>,
): readonly string[] {
  return unfilled
    .filter(({ field }) => !filled.has(`merge_fields.${field.tag}`))
    .map(({ field: { tag, label, type, isRequired }, reason }) => {
      const what = `${tag} (“${label}”, ${type}${isRequired ? ', required at Mailchimp' : ''})`;
      const why = reason === null ? 'no column goes with it' : reason;
      const so = isRequired
        ? ' Members Trivet makes have it empty, which the API allows and forms do not.'
        : '';
      return `${what} is not filled: ${why}.${so}`;
    });
}

function unmappedNotes(
  { columns }: TableFacts,
  { fields, computed, filters, key }: Pick<Proposal, 'fields' | 'computed' | 'filters' | 'key'>,
): readonly string[] {
  const used = new Set([
    ...fields.map(({ column }) => column),
    ...computed.flatMap(({ reads }) => reads),
    ...filters.map(({ column }) => column),
    ...key,
  ]);
  const left = columns.filter(({ name }) => !used.has(name));
  const secrets = left.filter(({ name }) => /passw|pwd|secret|token|hash/i.test(name));
  const plain = left.filter(
    (column) => !secrets.includes(column) && meaningOf(column.name) !== 'consent',
  );
  return plain.length === 0 ? [] : [`Columns that are not mapped: ${namesOf(plain)}.`];
}
