/** A proposal as the text of trivet.config.ts, with comments for whoever reads it next. Pure. */
import { writeTableName } from '../../config/table-name.ts';
import { wrap } from '../print/ink.ts';
import type { ComputedProposal } from './computed.ts';
import { isTextBase, type ColumnFacts } from './facts.ts';
import { quoteText } from './field-types.ts';
import type { MappedField } from './map-fields.ts';
import type { Proposal } from './propose.ts';

const WIDTH = 100;

export function writeConfig(proposal: Proposal): string {
  const { table, audience, appName } = proposal;
  const name = quoteText(writeTableName(table));
  const lines = [
    '/**',
    ` * Written by \`npx trivet init\` from the table ${plain(writeTableName(table))} and the audience “${plain(audience.name)}”.`,
    ' * It is yours now: read it, change it. Every option: docs/configuration.md of Trivet.',
    ' */',
    `import { ${importsOf(proposal).join(', ')} } from 'trivet';`,
    '',
    '/** The columns as they were then: the compiler checks every name below against them. */',
    'interface Database {',
    `  ${keyText(writeTableName(table))}: {`,
    ...table.columns.map((column) => `    ${keyText(column.name)}: ${tsType(column)};`),
    '  };',
    '}',
    '',
    'export default defineTrivet({',
    ...remark(
      'On AWS the connection is in this secret; “trivet local” takes CRM_DATABASE_URL instead.',
      2,
    ),
    "  crm: postgres<Database>({ secret: 'crm/database' }),",
    '  apps: {',
    ...remark(
      `The audience “${plain(audience.name)}”. “trivet local” takes MAILCHIMP_API_KEY instead of the secret.`,
      4,
    ),
    `    ${appName}: mailchimp({ audience: ${quoteText(audience.id)}, secret: 'mailchimp' }),`,
    '  },',
    '  syncs: [',
    '    {',
    ...(proposal.mustBeNamed ? [`      name: ${quoteText(proposal.syncName)},`] : []),
    `      table: ${name},`,
    `      key: ${listOrOne(proposal.key)},`,
    `      app: ${quoteText(appName)},`,
    ...remark('What names a person at both ends.', 6),
    ...proposal.notes.match.flatMap((note) => remark(note, 6)),
    `      match: { ${keyText(proposal.match)}: 'email_address' },`,
    ...filterLines(proposal),
    ...fieldLines(proposal),
    ...computedLines(proposal),
    ...ruleLines(proposal),
    '    },',
    '  ],',
    '});',
    '',
  ];
  return lines.join('\n');
}

function importsOf({ fields, computed }: Proposal): readonly string[] {
  const calls = [...fields.map(({ type }) => type.call), ...computed.map(({ call }) => call)];
  const types = calls.map((call) => call.slice(0, call.indexOf('(')));
  return [...new Set(['defineTrivet', 'mailchimp', 'postgres', ...types])].toSorted();
}

function filterLines({ match, mayMatchBeEmpty, filters }: Proposal): readonly string[] {
  const conditions = [
    ...(mayMatchBeEmpty ? [`${valueOf(match)} !== null`] : []),
    ...filters.map(({ column, when }) =>
      when === 'is null' ? `${valueOf(column)} === null` : `!${valueOf(column)}`,
    ),
  ];
  if (conditions.length === 0)
    return remark('Every row is for this audience; include: (row) => … says otherwise.', 6);
  return [
    ...remark(
      'Which rows the audience shall have. Whoever leaves the filter is archived there.',
      6,
    ),
    `      include: (row) => ${conditions.join(' && ')},`,
    ...(filters.length === 0
      ? []
      : [`      reads: [${filters.map(({ column }) => quoteText(column)).join(', ')}],`]),
  ];
}

const OWNERS = [
  'owner: whose value counts. An edit at the other end is put back; of a shared field both ends may be edited,',
  'and onConflict says what follows when both did.',
].join(' ');

function fieldLines({ fields, notes }: Proposal): readonly string[] {
  return [
    ...remark(OWNERS, 6),
    '      fields: {',
    ...fields.flatMap(fieldText),
    ...[...notes.consent, ...notes.fields].flatMap((note) => remark(note, 8)),
    '      },',
  ];
}

function fieldText({ column, app, type }: MappedField): readonly string[] {
  const { call, owner, onConflict, note } = type;
  const conflict = onConflict === undefined ? '' : `, onConflict: '${onConflict}'`;
  return [
    ...(note === undefined ? [] : remark(note, 8)),
    ...(owner === 'app' && call === 'consent()'
      ? remark('A withdrawal counts from either end; giving consent is for Mailchimp’s forms.', 8)
      : []),
    `        ${keyText(column)}: { app: ${quoteText(app)}, type: ${call}, owner: '${owner}'${conflict} },`,
  ];
}

function computedLines({ computed }: Proposal): readonly string[] {
  if (computed.length === 0) return [];
  return [
    ...remark('Made of several columns; from the CRM to Mailchimp only.', 6),
    '      computed: {',
    ...computed.flatMap(computedText),
    '      },',
  ];
}

function computedText(computed: ComputedProposal): readonly string[] {
  const { name, app, call, reads } = computed;
  return [
    `        ${keyText(name)}: {`,
    `          app: ${quoteText(app)},`,
    `          type: ${call},`,
    ...(computed.makes === 'address' ? addressText(computed) : nameText(computed)),
    `          reads: [${reads.map(quoteText).join(', ')}],`,
    '        },',
  ];
}

const nameText = ({ reads }: ComputedProposal): readonly string[] => [
  `          from: (row) => [${reads.map(valueOf).join(', ')}].filter(Boolean).join(' ') || null,`,
];

const ADDRESS_NEEDS = ['addr1', 'city', 'state', 'zip'];

function addressText({ parts }: ComputedProposal): readonly string[] {
  const needed = ADDRESS_NEEDS.map((part) => valueOf(parts[part] ?? ''));
  const given = Object.entries(parts).map(([part, column]) =>
    ADDRESS_NEEDS.includes(part)
      ? `${part}: ${valueOf(column)}`
      : `${part}: ${valueOf(column)} ?? ''`,
  );
  return [
    ...remark('Mailchimp refuses an address that lacks one of these four.', 10),
    '          from: (row) =>',
    `            ${needed.join(' && ')}`,
    `              ? { ${given.join(', ')} }`,
    '              : null,',
  ];
}

function ruleLines({ create, notes }: Proposal): readonly string[] {
  return [
    ...remark('Where records without a partner are made: both, app, crm or none.', 6),
    ...notes.create.flatMap((note) => remark(note, 6)),
    `      create: '${create}',`,
    ...remark(
      'A deleted row: the member is archived, never deleted. A member archived or deleted at Mailchimp: the row stays.',
      6,
    ),
    "      onCrmDelete: 'archive',",
    "      onAppDelete: 'leave',",
    ...remark(
      'To look first: with write: false nothing is written to either end, and “trivet status” says what would be.',
      6,
    ),
    '      // write: false,',
  ];
}

/** Comment lines. What comes from outside is made one line first: a line end would end the comment. */
const remark = (text: string, indent: number): readonly string[] =>
  wrap(plain(text), WIDTH - indent - 3).map((line) => `${' '.repeat(indent)}// ${line}`);

/** U+2028 and U+2029 end a line of JavaScript, too. */
const plain = (text: string): string =>
  text.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ').replaceAll('*/', '*\u200b/');

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const keyText = (name: string): string => (IDENTIFIER.test(name) ? name : quoteText(name));
const valueOf = (column: string): string =>
  IDENTIFIER.test(column) ? `row.${column}` : `row[${quoteText(column)}]`;

const listOrOne = (names: readonly string[]): string =>
  names.length === 1 ? quoteText(names[0] ?? '') : `[${names.map(quoteText).join(', ')}]`;

/** As the usual drivers show them. */
function tsType(column: ColumnFacts): string {
  const type = bareType(column);
  return column.not_null || type === 'unknown' ? type : `${type} | null`;
}

function bareType({ base, kind, labels }: ColumnFacts): string {
  if (kind === 'enum' && labels.length > 0) return labels.map(quoteText).join(' | ');
  if (kind === 'array') return isTextBase(base) ? 'string[]' : 'unknown[]';
  if (base === 'bool') return 'boolean';
  if (base === 'json' || base === 'jsonb') return 'unknown';
  if (['int2', 'int4', 'float4', 'float8'].includes(base)) return 'number';
  return ['date', 'timestamp', 'timestamptz'].includes(base) ? 'Date' : 'string';
}
