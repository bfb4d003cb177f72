/** `trivet init`: looks at a database and an audience, asks what it cannot know, and writes the configuration. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseTableName, readTableName, writeTableName } from '../config/table-name.ts';
import {
  openAccount,
  type AccountAudience,
  type MailchimpAccount,
} from '../connectors/mailchimp/account.ts';
import { secretFromVariables } from '../connectors/mailchimp/index.ts';
import { inspectDatabase, type Inspection } from '../crm/inspect.ts';
import { choose } from './ask.ts';
import { CommandFailure, describeFailure, EXIT, exitCodeOf, wrongUsage } from './failure.ts';
import { clearMatch, judgeColumn, rankMatches, type MatchCandidate } from './init/choose-match.ts';
import {
  isTextColumn,
  type AudienceFacts,
  type ColumnFacts,
  type Sample,
  type TableFacts,
} from './init/facts.ts';
import { propose, type Proposal } from './init/propose.ts';
import { clearWinner, keyOf, rankTables, whyNot } from './init/rank-tables.ts';
import { writeConfig } from './init/write-config.ts';
import { createInk } from './print/ink.ts';
import { environmentFileOf, readVariables } from './read-variables.ts';

export interface InitCommand {
  readonly table?: string;
  readonly match?: string;
  readonly audience?: string;
  readonly app: string;
  readonly output: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Enough to tell what a column holds. */
const SAMPLE_ROWS = 300;
/** Whole, for reading lists and merge fields. */
const BUDGET_MS = 60_000;

/** Programs read of a failure what people read, beside the exit code. */
export async function runInit(options: InitCommand): Promise<void> {
  const file = resolve(options.output);
  try {
    await lookAndWrite(file, options);
  } catch (error) {
    const told = { error: describeFailure(error), exitCode: exitCodeOf(error) };
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ ...placeOf(file), ...told })}\n`);
    throw error;
  }
}

/** As the documents of all commands begin. */
const placeOf = (file: string) => ({ mode: 'init', target: file, dry: false });

async function lookAndWrite(file: string, options: InitCommand): Promise<void> {
  if (existsSync(file) && options.force !== true) {
    throw new CommandFailure(
      `${options.output} is there already and stays as it is. Overwrite it with --force, or write another with --output FILE.`,
    );
  }
  const { database, account } = openBoth(file);
  try {
    const table = await chooseTable(await database.tables(), options);
    const { sample, match } = await chooseMatch(database, table, options);
    const audience = await chooseAudience(account, options);
    const proposal = propose({ appName: options.app, table, audience, match, sample });
    write(file, writeConfig(proposal), options);
    const example = writeExample(file);
    tell(proposal, { file, example, options });
  } finally {
    await database.close();
  }
}

/** All that is missing at once, by name and never by value. */
function openBoth(file: string): { database: Inspection; account: MailchimpAccount } {
  const variables = readVariables(file);
  const read = (name: string): string | undefined => variables[name] || undefined;
  const [url, ca] = [read('CRM_DATABASE_URL'), read('CRM_DATABASE_CA')];
  const secret = secretFromVariables(read);
  const problems = [
    ...(url === undefined ? ['CRM_DATABASE_URL is not set (the CRM’s database).'] : []),
    ...(url !== undefined && !isPostgres(url)
      ? ['CRM_DATABASE_URL must be postgres://user:password@host:port/database.']
      : []),
    ...(typeof secret === 'string' ? [`${secret} is not set.`] : []),
  ];
  const account = typeof secret === 'string' ? null : openAccount(secret, clock);
  if (account?.kind === 'halted') problems.push(account.reason);
  if (problems.length > 0 || url === undefined || account?.kind !== 'ok') {
    throw wrongUsage(
      `What init looks at comes from the environment or from ${environmentFileOf(file)}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nSee: npx trivet init --help`,
    );
  }
  const database = inspectDatabase({ url, ...(ca === undefined ? {} : { ca }) });
  return { database, account: account.value };
}

const clock = {
  now: () => Date.now(),
  sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
};

const isPostgres = (url: string): boolean =>
  URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol);

async function chooseTable(
  tables: readonly TableFacts[],
  options: InitCommand,
): Promise<TableFacts> {
  if (options.table !== undefined) return requireTable(tables, options.table, options.match);
  const ranked = rankTables(tables);
  if (ranked.length === 0) throw new CommandFailure(noTable(tables), EXIT.needsPerson);
  return choose(
    {
      text: 'Which table holds the people?',
      option: '--table',
      choices: ranked.map(({ table }) => ({
        name: writeTableName(table),
        about: `${table.columns.length} columns${table.rows === null ? '' : `, about ${table.rows} rows`}`,
        value: table,
      })),
      recommended: clearWinner(ranked)?.table ?? null,
    },
    options,
  );
}

/** With `--match` the column need not look like an address. */
function requireTable(
  tables: readonly TableFacts[],
  named: string,
  match: string | undefined,
): TableFacts {
  if (readTableName(named) === null)
    throw wrongUsage(
      `--table ${named}: name it as table or schema.table, a name with a dot in double quotes.`,
    );
  const { schema, name } = parseTableName(named);
  const table = tables.find((each) => each.schema === schema && each.name === name);
  if (table === undefined) {
    const near = tables.filter((each) => each.name.toLowerCase() === name.toLowerCase());
    const hint =
      near.length === 0
        ? 'Is its schema named, and may this role read it?'
        : `There is ${near.map(writeTableName).join(', ')}.`;
    throw wrongUsage(`There is no table ${named} to read. ${hint}`);
  }
  const refusal = whyNot(table);
  const isOnlyMatch =
    match !== undefined &&
    keyOf(table) !== null &&
    ['r', 'p'].includes(table.relkind) &&
    !table.is_partition;
  if (refusal !== null && !isOnlyMatch) throw new CommandFailure(refusal, EXIT.needsPerson);
  return table;
}

function noTable(tables: readonly TableFacts[]): string {
  if (tables.length === 0)
    return 'This role can read no table of this database. Grant it select, or use another role.';
  const near = tables
    .map(whyNot)
    .filter((why) => why !== null && !why.includes('has no column that looks'));
  const others = near
    .slice(0, 5)
    .map((why) => `\n  - ${why}`)
    .join('');
  return `None of the ${tables.length} tables has a key and a column that looks like an e-mail address. Name the table and the column: --table TABLE --match COLUMN.${others}`;
}

async function chooseMatch(
  database: Inspection,
  table: TableFacts,
  options: InitCommand,
): Promise<{ sample: Sample; match: MatchCandidate }> {
  const columns = table.columns.filter(isWorthLooking).map(({ name }) => name);
  const sample = await database.sample(table, columns, SAMPLE_ROWS);
  if (options.match !== undefined) {
    const column = table.columns.find(({ name }) => name === options.match);
    if (column === undefined)
      throw wrongUsage(
        `${writeTableName(table)} has no column ${options.match}; it has ${table.columns.map(({ name }) => name).join(', ')}.`,
      );
    if (!isTextColumn(column))
      throw wrongUsage(
        `${column.name} is ${column.type}; the address that names a person is a text.`,
      );
    return { sample, match: judgeColumn(table, column, sample) };
  }
  const ranked = rankMatches(table, sample);
  if (ranked.length === 0)
    throw new CommandFailure(
      `No column of ${writeTableName(table)} that is called like an e-mail address holds addresses. Name the one that does: --match COLUMN.`,
      EXIT.needsPerson,
    );
  const match = await choose(
    {
      text: `Which address of ${writeTableName(table)} names a person at Mailchimp?`,
      option: '--match',
      choices: ranked.map((candidate) => ({
        name: candidate.column.name,
        about: candidate.doubts.join(' '),
        value: candidate,
      })),
      recommended: clearMatch(ranked),
    },
    options,
  );
  return { sample, match };
}

/** What nobody should read is not read, and what says nothing neither. */
const isWorthLooking = ({ name, base, kind }: ColumnFacts): boolean =>
  kind !== 'composite' && base !== 'bytea' && !/passw|pwd|secret|token|hash/i.test(name);

async function chooseAudience(
  account: MailchimpAccount,
  options: InitCommand,
): Promise<AudienceFacts> {
  const endsAt = Date.now() + BUDGET_MS;
  const budget = { remainingMs: () => endsAt - Date.now() };
  const lists = await account.audiences(budget);
  if (lists.kind !== 'ok') throw new CommandFailure(lists.reason);
  const chosen = await pickAudience(lists.value, options);
  const fields = await account.mergeFields(chosen.id, budget);
  if (fields.kind !== 'ok') throw new CommandFailure(fields.reason);
  const mergeFields = fields.value.map(({ tag, type, name, required, options: more }) => ({
    tag,
    type,
    label: name ?? tag,
    isRequired: required === true,
    choices: more?.choices ?? [],
  }));
  return { id: chosen.id, name: chosen.name, mergeFields };
}

async function pickAudience(
  audiences: readonly AccountAudience[],
  options: InitCommand,
): Promise<AccountAudience> {
  const { audience: named } = options;
  if (audiences.length === 0)
    throw new CommandFailure(
      'The account has no audience yet. Make one at Mailchimp, then run this again.',
      EXIT.needsPerson,
    );
  if (named === undefined) {
    const choices = audiences.map((each) => ({
      name: each.id,
      about: describeAudience(each),
      value: each,
    }));
    const text = 'Which audience?';
    return choose({ text, option: '--audience', choices, recommended: null }, options);
  }
  const found = audiences.filter(({ id, name }) => id === named || name === named);
  const [audience] = found;
  if (audience !== undefined && found.length === 1) return audience;
  const what =
    found.length > 1 ? `Several audiences are called ${named}` : `There is no audience ${named}`;
  throw wrongUsage(
    `${what}; there is ${audiences.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
  );
}

const describeAudience = ({ name, members }: AccountAudience): string =>
  `${name}${members === null ? '' : `, ${members} subscribed`}`;

/** `wx`: what appeared since we looked is not overwritten either. */
function write(file: string, text: string, { force, output }: InitCommand): void {
  try {
    writeFileSync(file, text, { flag: force === true ? 'w' : 'wx' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`${output} cannot be written: ${why}`);
  }
}

const EXAMPLE = `# Copy this to .env, fill it in, and keep .env out of version control.
# What “trivet local” and the other commands connect to:
CRM_DATABASE_URL=postgres://user:password@host:5432/database
# PEM file of the authority of the database's certificate, if it is not a public one:
# CRM_DATABASE_CA_FILE=
# The owner of the tables, for “trivet install” alone:
# CRM_ADMIN_URL=postgres://owner:password@host:5432/database
MAILCHIMP_API_KEY=
# Shared with the CRM's application, which rings after its commits:
# TRIVET_DOORBELL_KEY=
`;

/** Its path; null when there was one, which stays. */
function writeExample(file: string): string | null {
  const example = join(dirname(file), '.env.example');
  if (existsSync(example)) return null;
  writeFileSync(example, EXAMPLE, { flag: 'wx' });
  return example;
}

interface Told {
  readonly file: string;
  readonly example: string | null;
  readonly options: InitCommand;
}

function tell(proposal: Proposal, { file, example, options }: Told): void {
  const { table, audience, fields, computed, match, key, create, notes } = proposal;
  const all = [...notes.match, ...notes.consent, ...notes.create, ...notes.fields];
  if (options.json === true) {
    const document = {
      ...placeOf(file),
      example,
      table: writeTableName(table),
      key,
      match,
      audience: { id: audience.id, name: audience.name },
      create,
      fields: fields.map(({ column, app, type }) => ({ column, app, ...type })),
      computed: computed.map(({ name, app, reads }) => ({ name, app, reads })),
      notes: all,
      next: nextSteps(proposal.syncName).map(([command]) => command),
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const ink = createInk(process.stdout);
  const own = relative(process.cwd(), file) || file;
  const lines = [
    `${ink.paint('bold', own)} keeps ${writeTableName(table)} and the audience “${audience.name}” in step, by ${match}:`,
    ...fields.map(
      ({ column, app, type }) => `  ${column} ↔ ${app}  ${ink.paint('dim', type.owner)}`,
    ),
    ...computed.map(({ name, app }) => `  ${name} → ${app}  ${ink.paint('dim', 'computed')}`),
    ...(all.length === 0
      ? []
      : ['', 'To know (it stands in the file, too):', ...all.map((note) => `  - ${note}`)]),
    '',
    'Next, once you have read it:',
    ...nextSteps(proposal.syncName).map(
      ([command, why]) => `  ${command.padEnd(40)} ${ink.paint('dim', why)}`,
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const nextSteps = (sync: string): readonly (readonly [command: string, why: string])[] => [
  ['npx trivet install', 'the capture into your database; --print shows the SQL'],
  ['npx trivet doctor', 'whether everything it needs is there'],
  [`npx trivet plan ${sync}`, 'what a first sync would do; writes nothing'],
  ['npx trivet local', 'the stack on this machine'],
];
