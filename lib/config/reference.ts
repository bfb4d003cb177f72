/** docs/configuration.md from the schemas that check a configuration. Pure; the page is never edited by hand. */
import * as z from 'zod';
import { BRAKE_CLASSES } from '../engine/caps.ts';
import { FIELD_TYPES } from './field-type-words.ts';
import type { AppConfig } from './model.ts';
import {
  computedShape,
  configShape,
  crmShape,
  fieldShape,
  syncShape,
  type OptionWords,
} from './schema.ts';

/** One app as an example, and the words its connector has for its fields. */
export interface AppPage {
  /** The function a user calls. */
  readonly call: string;
  readonly app: AppConfig;
  /** App field and the field types it can hold. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

export interface ReferenceParts {
  readonly apps: readonly AppPage[];
  /** The file shown at the top, word for word. */
  readonly snippet: { readonly path: string; readonly code: string };
  /** What a configuration with mistakes is answered. */
  readonly refused: string;
}

export function writeConfigReference({ apps, snippet, refused }: ReferenceParts): string {
  return [
    '# The configuration',
    '<!-- Written by `npm run docs:config` from the schemas that check a configuration. Do not edit. -->',
    INTRODUCTION,
    `<!-- snippet: ${snippet.path} -->\n\`\`\`ts\n${snippet.code}\`\`\``,
    '## The whole',
    optionTable(configShape),
    '## crm',
    '`postgres({ … })`, or `postgres<Tables>({ … })` with the types of your tables’ rows.',
    optionTable(crmShape),
    '## apps',
    APPS,
    ...apps.flatMap(appSection),
    '## syncs',
    optionTable(syncShape),
    '## fields',
    'By the name of a column:',
    optionTable(fieldShape),
    '## Computed fields',
    COMPUTED,
    optionTable(computedShape),
    '## Field types',
    'A value its type cannot hold parks its field of that record, with the reason; nothing else stops.',
    fieldTypeTable(),
    '## Functions',
    FUNCTIONS,
    '## Brakes',
    `\`perRun\` and \`perDay\` each take caps by name: ${[...BRAKE_CLASSES, 'destroy'].map(code).join(', ')}. A cap is a number of records, a share such as \`'1%'\`,
\`{ records, percent, atLeast }\` (\`atLeast\` is a floor under the share), or \`null\` for none. What each counts: [steering.md](steering.md#brakes).`,
    '## What is refused',
    refusals(refused),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `One file, \`trivet.config.ts\`, is all you write; \`npx trivet init\` writes a first one from your database and your audience. It is
TypeScript: with the types of your rows the compiler checks every column, and it always checks the apps’ fields and which field type goes with which. Whoever has no
compiler is told the same when the file is loaded.`;

const APPS = `By names of your own. Each entry is one object of one app, and has one sync. Two objects may share a secret; the lanes of
their syncs, and one pull each, are then counted together against the calls the vendor allows at once. Besides its own options each takes
\`secret\`, the name of the secret in Secrets Manager.`;

const COMPUTED = `App fields that no column is behind, by a name of your own (it stands in history, in \`explain\` and in \`resolve\`). They go one way: the CRM owns
them, an edit in the app is put back, and nothing is ever written to the CRM. They stand beside \`fields\`, not in it, so that a misspelt column cannot pass for a
name you chose. A changed function is a changed map ([another map](steering.md#another-map)).`;

const FUNCTIONS = `\`include\` and \`from\` are shown the row as the CRM tells it: texts, numbers and times as text (JavaScript would round a
bigint and lose a timestamp’s digits; \`Number(row.score)\` where you need one), booleans as booleans, arrays and JSON as they are, no value as \`null\`. Only columns that are mapped or named
in \`reads\` are read; asking for another is an error, not \`undefined\`. They must answer at once, and the same for the same row: no network, no clock. They are compared by their text, so what
they take from another module is not seen to change.`;

const refusals = (
  printed: string,
): string => `All problems are told at once, each with the file, the place, what was found there and what to do:

\`\`\`text
${printed}
\`\`\`

Besides misspelt options and values of the wrong form these are refused: an app field mapped twice · two apps that are one object, or two syncs of one app ·
a CRM column owned by two apps, or marked by one sync and owned by another’s app · two syncs of a table with different keys · a key column an app could
write · \`newest\` with an app that tells no times, \`union\` of what is no set · consent that both ends own, or that is computed · a function that asks
for a column nobody reads · digests of what must be known as a value · fields that are not the CRM’s, rows to be made or more than one lane where the app shows nobody · more lanes and pulls with one secret than the vendor allows calls at once.`;

function appSection({ call, app, fields }: AppPage): readonly string[] {
  const { rules, capabilities } = app;
  const rows = Object.entries(fields).map(([path, types]) => [
    code(path),
    types.map((type) => code(type === 'enum' ? 'enumeration' : type)).join(', '),
  ]);
  const about = [
    `matched by ${rules.matchFields.map(code).join(' or ')}`,
    capabilities.versions ? '`newest` can be used' : '`newest` cannot be used',
    `${capabilities.connectionsMax} calls at once with one secret`,
  ];
  return [
    `### ${call}`,
    `\`${call}({ … })\`: ${about.join(' · ')}.`,
    optionTable(rules.schema),
    'Its fields, and the types each can hold:',
    table(['field', 'types'], rows),
  ];
}

const fieldTypeTable = (): string =>
  table(
    ['type', 'reads', 'two values are equal when they'],
    FIELD_TYPES.map(({ example, reads, equal }) => [example, reads, equal]),
  );

function optionTable(schema: z.ZodObject): string {
  const rows = Object.entries<z.core.$ZodType>(schema.shape).map(([name, option]) => {
    const told = wordsOf(name, option);
    const ifLeftOut = told.default ?? 'required';
    return [
      code(name),
      told.form ?? formOf(option),
      told.description,
      ifLeftOut,
      code(told.example ?? ''),
    ];
  });
  return table(['option', 'form', 'what it says', 'left out', 'example'], rows);
}

/** Throws: an option nobody described must not reach a release. */
function wordsOf(name: string, option: z.core.$ZodType): OptionWords {
  const told = z.globalRegistry.get(option as z.ZodType) as Partial<OptionWords> | undefined;
  if (told?.description === undefined || told.example === undefined)
    throw new Error(`the option ${name} has no description or no example: give it a .meta({ … })`);
  return { ...told, description: told.description };
}

function formOf(option: z.core.$ZodType): string {
  if (option instanceof z.ZodOptional || option instanceof z.ZodDefault)
    return formOf(option.unwrap());
  if (option instanceof z.ZodEnum)
    return option.options.map((each) => code(`'${each}'`)).join(', ');
  if (option instanceof z.ZodLiteral)
    return [...option.values].map((each) => code(`'${String(each)}'`)).join(', ');
  if (option instanceof z.ZodBoolean) return '`true`, `false`';
  if (option instanceof z.ZodNumber) return `${option.minValue} to ${option.maxValue}`;
  if (option instanceof z.ZodString || option instanceof z.ZodURL) return 'text';
  if (option instanceof z.ZodArray) return 'list';
  if (option instanceof z.ZodUnion && !(option instanceof z.ZodDiscriminatedUnion))
    return option.options.map(formOf).join(' or ');
  if (option instanceof z.ZodRecord || option instanceof z.ZodObject) return 'object';
  throw new Error('the schema does not say what the option is: give it a form in its .meta({ … })');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A span with a backtick in it needs two around it. */
function code(text: string): string {
  if (text === '') return '';
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
