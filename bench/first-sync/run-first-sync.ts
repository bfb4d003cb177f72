/** How fast the whole stack is on one machine, and what it is to be compared with. */
import type { SampleContact } from '../../lib/local/sandbox/sample-data.ts';
import { timed, type Figure, type Section, type Table } from '../figure.ts';
import { onlyInCrm } from '../rig/crowds.ts';
import { cpuTimesSince, readCpuTimes } from '../rig/cpu-times.ts';
import { startRig } from '../rig/rig.ts';
import type { Sizes } from '../sizes.ts';
import { startRecorder, type RecordedCall } from './recorder.ts';
import {
  measureNaiveIds,
  timeBareScript,
  timeNaiveCalls,
  timeServicesAlone,
} from './yardsticks.ts';

const RECORDS_PER_SECOND_MIN = 1_000;
const SHARE_OF_SERVICES_MIN = 0.5;
const CHANGES_MS_MAX = 5_000;

export async function runFirstSync({ firstSync }: Sizes): Promise<Section> {
  const { contacts, changed, naiveIds, naiveCalls } = firstSync;
  const people = onlyInCrm(contacts).contacts;
  const stack = await timeStack(contacts, changed);
  const alone = await timeServicesAlone(await recordCalls(contacts), people);
  const bare = await timeBareScript(people);
  const naive = await timeNaiveCalls(people, naiveCalls);
  const rate = (milliseconds: number, count = contacts): number => (count / milliseconds) * 1_000;
  const perSecond = 'records/s';
  const lists = await naiveLists(naiveIds);
  const what = `first sync of ${contacts.toLocaleString('en-US')} contacts`;
  return {
    part: 'first-sync',
    title: 'A first sync, the whole stack',
    method: [
      'The sandbox with contacts that only the CRM has, timed from the deployment of the template, cold starts included, until all of them are members and nothing is under way. ' +
        'Nothing is metered. The changes are one statement in the CRM; timed from the doorbell until their round and all it led to is done.',
      'The services alone: the calls to DynamoDB of another such run are made again as recorded, as many at a time as four lanes make, and beside them the rows are read and posted ' +
        'in the same batches, against fresh services and without the functions. The bare script streams rows and posts batches of 500, one at a time, and remembers nothing: it could not run twice. ' +
        `The naive algorithm makes a call for each record (timed over ${naiveCalls.toLocaleString('en-US')}) and holds the ids of all that changed.`,
    ],
    figures: [
      timed(what, rate(stack.firstMs), perSecond, { atLeast: RECORDS_PER_SECOND_MIN }),
      timed(`${what}, and their ids learned`, rate(stack.linkedMs), perSecond),
      timed('yardstick: the local services alone, the same calls', rate(alone), perSecond),
      timed('share of what the services alone sustain', alone / stack.firstMs, '', {
        atLeast: SHARE_OF_SERVICES_MIN,
      }),
      timed('yardstick: a bare script, the floor', rate(bare), perSecond),
      timed('yardstick: the naive algorithm', rate(naive, naiveCalls), perSecond),
      ...lists,
      timed(
        `${changed.toLocaleString('en-US')} changes, from the doorbell until settled`,
        stack.changesMs,
        'ms',
        {
          atMost: CHANGES_MS_MAX,
        },
      ),
    ],
    notes: [
      'What limits it: everything shares the cores of one machine. The table says who takes how much of them; no more records a second are possible than the cores divided by the sum. ' +
        'The functions spend most of theirs in the AWS SDK. On AWS nothing is shared with DynamoDB, Postgres or the app.',
      'An established open-source tool does 37 records/s on this job.',
    ],
    data: {},
    tables: [cpuTable(stack.cpu, contacts)],
  };
}

/** Whoever takes most of a record's time is what limits the rest. */
function cpuTable(cpu: StackTimes['cpu'], contacts: number): Table {
  const perRecord = (milliseconds: number): string => (milliseconds / contacts).toFixed(3);
  const total = cpu.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  return {
    title: 'Processor time of the first sync',
    head: ['process', 'ms a record'],
    rows: [
      ...cpu.map(([name, milliseconds]) => [name, perRecord(milliseconds)]),
      ['**all of them**', perRecord(total)],
    ],
  };
}

async function naiveLists(counts: readonly number[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const ids of counts) {
    const name = `yardstick: the naive list of ${ids.toLocaleString('en-US')} ids`;
    figures.push(timed(name, await measureNaiveIds(ids), 'MB'));
  }
  return figures;
}

interface StackTimes {
  readonly firstMs: number;
  readonly linkedMs: number;
  readonly changesMs: number;
  /** Processor time of the first sync in milliseconds, by process. */
  readonly cpu: readonly [string, number][];
}

async function timeStack(contacts: number, changed: number): Promise<StackTimes> {
  const rig = await startRig({ sample: () => onlyInCrm(contacts), isMetered: false });
  try {
    const before = readCpuTimes();
    await rig.untilBackfilled();
    const firstMs = Date.now() - rig.beganAt;
    const cpu = cpuTimesSince(before);
    await rig.round();
    const linkedMs = Date.now() - rig.beganAt;
    await rig.settle();
    await rig.people.sql(`update contacts set city = city || ' Ost' where id <= $1`, [changed]);
    const beganAt = performance.now();
    await rig.round();
    const changesMs = Math.round(performance.now() - beganAt);
    if (rig.troubles.length > 0) throw new Error(`in a timed run: ${rig.troubles[0]}`);
    return { firstMs, linkedMs, changesMs, cpu };
  } finally {
    await rig.stop();
  }
}

/** The calls of a first sync to its state, and the making of its tables. */
async function recordCalls(contacts: number): Promise<readonly RecordedCall[]> {
  const recorder = await startRecorder();
  const sample = (): { contacts: readonly SampleContact[]; members: [] } => ({
    contacts: onlyInCrm(contacts).contacts,
    members: [],
  });
  const rig = await startRig({
    sample,
    isMetered: false,
    stateEndpoint: (endpoint) => recorder.attach(endpoint),
  });
  try {
    await rig.untilBackfilled();
    return recorder.calls;
  } finally {
    await rig.stop();
    await recorder.stop();
  }
}
