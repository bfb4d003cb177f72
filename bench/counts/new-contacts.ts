/**
 * Contacts that only the CRM has: their first sync, the echo that brings their ids, and then a quiet life
 * of edits from both ends, each with its echo, and rounds in which nothing happened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { count, exact, type Figure } from '../figure.ts';
import { onlyInCrm } from '../rig/crowds.ts';
import { startRig, type Rig } from '../rig/rig.ts';
import {
  openTally,
  readsOf,
  RECORD_KINDS,
  STATE_KINDS,
  unitsOf,
  writesOf,
  type Tally,
  type TallyReader,
} from '../rig/tally.ts';
import {
  changedWritesMax,
  firstSyncReadsMax,
  firstSyncWritesMax,
  IDLE_APP_CALLS_MAX,
  IDLE_STATE_UNITS_MAX,
  PER_RECORD,
} from './bounds.ts';

export interface Counted {
  readonly figures: readonly Figure[];
  readonly data: Readonly<Record<string, number>>;
}

export async function countNewContacts(contacts: number, changed: number): Promise<Counted> {
  const rig = await startRig({ sample: () => onlyInCrm(contacts), isMetered: true });
  try {
    const tally = await openTally(rig);
    await rig.untilBackfilled();
    const first = await tally.take();
    await rig.round();
    const ids = await tally.take();
    const fromCrm = await editInCrm(rig, tally, changed);
    const fromApp = await editInApp(rig, tally, changed);
    await rig.settle();
    await tally.skip();
    const logged = rig.logBytes();
    await rig.round();
    const idle = await tally.take();
    const idleRound = (await rig.checkpoint())?.round;
    const lanes = rig.sandbox.config.syncs[0]?.lanes ?? 0;
    return {
      figures: [
        ...firstSyncFigures({ first, ids, contacts, lanes }),
        ...changeFigures({ ...fromCrm, changed, lanes }),
        ...appChangeFigures({ ...fromApp, changed }),
        ...idleFigures(idle),
        count('functions that ended badly', rig.troubles.length, { atMost: 0 }),
      ],
      data: {
        ...dataOf({ first, ids, fromCrm, fromApp, idle, contacts, changed }),
        'idle.milliseconds': (idleRound?.endedAt ?? 0) - (idleRound?.beganAt ?? 0),
        // Lambda adds the lines that begin and end an invocation.
        'idle.logBytes': rig.logBytes() - logged + 400,
        'record.milliseconds': (fromCrm.tookMs * lanes) / changed,
        'link.bytes': await bytesPerRecord(rig, contacts),
      },
    };
  } finally {
    await rig.stop();
  }
}

/** Longer than a second of the vendor's is unsettled, lib/connectors/mailchimp/walk.ts. */
const SETTLED_MS = 3_500;

interface Edited {
  /** From the ring until all is done. */
  readonly tookMs: number;
  readonly edit: Tally;
  readonly echo: Tally;
}

/** A field that the CRM owns, of so many rows in one statement. */
async function editInCrm(rig: Rig, tally: TallyReader, rows: number): Promise<Edited> {
  await rig.settle();
  await rig.people.sql(`update contacts set city = city || ' Ost' where id <= $1`, [rows]);
  return watchRounds(rig, tally);
}

/** A field both ends may write, of so many members, by another client of the account. */
async function editInApp(rig: Rig, tally: TallyReader, members: number): Promise<Edited> {
  await rig.settle();
  const rows = await rig.people.sql<{ email: string }>(
    'select email from contacts where id <= $1 order by id',
    [members],
  );
  for (let start = 0; start < rows.length; start += 500) {
    const part = rows.slice(start, start + 500).map(({ email }, index) => ({
      email_address: email,
      status_if_new: 'transactional',
      merge_fields: { PHONE: `+49301${String(1_000_000 + start + index)}` },
    }));
    await rig.postToAudience({ members: part, update_existing: true });
  }
  // The vendor's times are whole seconds: what changed in the last two is shown again by the next round,
  // and that would be counted as the echo of our own write.
  await sleep(SETTLED_MS);
  return watchRounds(rig, tally);
}

/** The round that carries the edits over, and the one in which our own writes come back. */
async function watchRounds(rig: Rig, tally: TallyReader): Promise<Edited> {
  await tally.skip();
  const beganAt = Date.now();
  await rig.round();
  const tookMs = Date.now() - beganAt;
  const edit = await tally.take();
  await rig.round();
  return { tookMs, edit, echo: await tally.take() };
}

const perRecord = (units: number, records: number): number =>
  Math.round((units / records) * 1_000) / 1_000;

function firstSyncFigures({
  first,
  ids,
  contacts,
  lanes,
}: {
  readonly first: Tally;
  readonly ids: Tally;
  readonly contacts: number;
  readonly lanes: number;
}): Figure[] {
  const what = `first sync of ${contacts.toLocaleString('en-US')} new contacts`;
  const linkWrites =
    unitsOf(first, 'write', ...RECORD_KINDS) + unitsOf(ids, 'write', ...RECORD_KINDS);
  return [
    count(`${what}: app writes`, writesOf(first), {
      atMost: firstSyncWritesMax(contacts, lanes),
    }),
    count(`${what}: pages read`, first.app.pages, { atMost: firstSyncReadsMax(0) }),
    count(
      `${what}: other app reads (the audience once, merge fields once a process)`,
      first.app.descriptions + first.app.looks,
    ),
    count('learning their ids: pages read', ids.app.pages, {
      atMost: firstSyncReadsMax(contacts),
    }),
    exact('state, per created link: write units', perRecord(linkWrites, contacts), 'units', {
      atMost: PER_RECORD.writesPerLink,
    }),
  ];
}

function changeFigures({
  edit,
  echo,
  changed,
  lanes,
}: Edited & { readonly changed: number; readonly lanes: number }): Figure[] {
  const what = `${changed.toLocaleString('en-US')} contacts changed in the CRM`;
  return [
    count(`${what}: app writes`, writesOf(edit), { atMost: changedWritesMax(changed, lanes) }),
    ...unitFigures(what, edit, changed, {
      reads: PER_RECORD.readsFromCrm,
      writes: PER_RECORD.writes,
    }),
    ...echoFigures(`${what}, the echo`, echo, changed),
  ];
}

function appChangeFigures({
  edit,
  echo,
  changed,
}: Edited & { readonly changed: number }): Figure[] {
  const what = `${changed.toLocaleString('en-US')} members changed in the app (a shared field)`;
  return [
    count(`${what}: app writes`, writesOf(edit), { atMost: 0 }),
    ...unitFigures(what, edit, changed, {
      reads: PER_RECORD.readsFromApp,
      writes: PER_RECORD.writesWithIntent,
    }),
    ...echoFigures(`${what}, the echo`, echo, changed),
  ];
}

function unitFigures(
  what: string,
  tally: Tally,
  records: number,
  most: { readonly reads: number; readonly writes: number },
): Figure[] {
  const [reads, writes] = [
    unitsOf(tally, 'read', ...RECORD_KINDS),
    unitsOf(tally, 'write', ...RECORD_KINDS),
  ];
  return [
    exact(`${what}: read units per record`, perRecord(reads, records), 'units', {
      atMost: most.reads,
    }),
    exact(`${what}: write units per record`, perRecord(writes, records), 'units', {
      atMost: most.writes,
    }),
  ];
}

const echoFigures = (what: string, echo: Tally, records: number): Figure[] => [
  count(`${what}: app writes`, writesOf(echo), { atMost: 0 }),
  ...unitFigures(what, echo, records, {
    reads: PER_RECORD.readsOfEcho,
    writes: PER_RECORD.writesOfEcho,
  }),
];

function idleFigures(idle: Tally): Figure[] {
  const units = unitsOf(idle, 'read', ...STATE_KINDS) + unitsOf(idle, 'write', ...STATE_KINDS);
  return [
    count('idle round: app calls', readsOf(idle) + writesOf(idle), { atMost: IDLE_APP_CALLS_MAX }),
    count('idle round: app writes', writesOf(idle), { atMost: 0 }),
    exact('idle round: writing transactions in the CRM', idle.crmTransactions, 'transactions', {
      atMost: 0,
    }),
    exact('idle round: state', units, 'units', { atMost: IDLE_STATE_UNITS_MAX }),
  ];
}

/** What docs/cost.md is computed from. */
function dataOf(run: {
  readonly first: Tally;
  readonly ids: Tally;
  readonly fromCrm: Edited;
  readonly fromApp: Edited;
  readonly idle: Tally;
  readonly contacts: number;
  readonly changed: number;
}): Record<string, number> {
  const { first, ids, fromCrm, fromApp, idle, contacts, changed } = run;
  const each = (name: string, tallies: readonly Tally[], records: number) => ({
    [`${name}.reads`]: sum(tallies, 'read') / records,
    [`${name}.writes`]: sum(tallies, 'write') / records,
    [`${name}.history`]: sumHistory(tallies) / records,
  });
  return {
    ...each('link', [first, ids], contacts),
    ...each('crmChange', [fromCrm.edit, fromCrm.echo], changed),
    ...each('appChange', [fromApp.edit, fromApp.echo], changed),
    'idle.reads': unitsOf(idle, 'read', ...STATE_KINDS),
    'idle.writes': unitsOf(idle, 'write', ...STATE_KINDS),
    'idle.appCalls': readsOf(idle) + writesOf(idle),
  };
}

const sum = (tallies: readonly Tally[], effect: 'read' | 'write'): number =>
  tallies.reduce((total, tally) => total + unitsOf(tally, effect, ...RECORD_KINDS), 0);

const sumHistory = (tallies: readonly Tally[]): number =>
  tallies.reduce((total, tally) => total + unitsOf(tally, 'write', 'history'), 0);

/** A record and its link, as DynamoDB bills them: names and values, and a hundred bytes an item. */
async function bytesPerRecord({ sandbox }: Rig, contacts: number): Promise<number> {
  const client = new DynamoDBClient({
    endpoint: sandbox.services.dynamodb.endpoint,
    region: sandbox.services.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const TableName = sandbox.runtime.outputs.values['StateTable'] ?? '';
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName }));
  client.destroy();
  return Math.round((table?.TableSizeBytes ?? 0) / contacts) + 200;
}
