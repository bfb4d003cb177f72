/** Flat memory: few contacts and a hundred times as many, under the same limits of the heap. */
import { heapLimits } from '../../lib/local/runtime/execution-environment.ts';
import { exact, timed, type Figure, type Section } from '../figure.ts';
import { onlyInCrm } from '../rig/crowds.ts';
import { startRig } from '../rig/rig.ts';
import type { Sizes } from '../sizes.ts';
import { watchMemory } from './watch-memory.ts';

/** What the template declares; lib/stack/trivet-function.ts. */
const MEMORY_MB = 512;

interface Run {
  readonly contacts: number;
  readonly inStep: number;
  readonly crashes: number;
  /** Megabytes by function. */
  readonly peaks: Readonly<Record<string, number>>;
}

export async function runMemory({ memory }: Sizes): Promise<Section> {
  const runs: Run[] = [];
  for (const contacts of memory.contacts) runs.push(await runOnce(contacts));
  return {
    part: 'memory',
    title: 'Memory',
    method: [
      `A first sync of contacts that only the CRM has, then the round that learns their ids, each function under \`${heapLimits(MEMORY_MB).join(' ')}\`: what a Lambda function of ${MEMORY_MB} MB gets, ` +
        'the same for every size. A process that holds more than its memory is killed, as on AWS; the bench ends with an error when one was, or when a contact is missing at the end. ' +
        'Peaks are resident memory, which the kernel keeps by process (VmHWM).',
    ],
    figures: runs.flatMap(figuresOf),
    notes: [],
    data: {},
  };
}

function figuresOf({ contacts, inStep, crashes, peaks }: Run): Figure[] {
  const what = `${contacts.toLocaleString('en-US')} contacts`;
  return [
    exact(`${what}: in step at the end`, inStep, 'contacts', { atLeast: contacts }),
    exact(`${what}: functions that ended badly`, crashes, 'processes', { atMost: 0 }),
    ...Object.entries(peaks).map(([name, megabytes]) =>
      timed(`${what}: peak of ${name}`, Math.round(megabytes), 'MB', { atMost: MEMORY_MB }),
    ),
  ];
}

async function runOnce(contacts: number): Promise<Run> {
  const rig = await startRig({ sample: () => onlyInCrm(contacts), isMetered: false });
  const watch = watchMemory(rig.sandbox.runtime);
  try {
    await rig.untilBackfilled();
    await rig.settle();
    const { syncs } = await rig.sandbox.control.status();
    const [status] = Object.values(syncs);
    return {
      contacts,
      inStep: status?.records['in step'] ?? 0,
      crashes: rig.troubles.length,
      peaks: byShortName(watch.peaks()),
    };
  } finally {
    watch.stop();
    await rig.stop();
  }
}

function byShortName(peaks: ReadonlyMap<string, number>): Record<string, number> {
  const named = [...peaks].map(([name, megabytes]) => {
    const short = ['apply', 'pull', 'webhook'].find((each) => name.toLowerCase().includes(each));
    return [short ?? name, megabytes] as const;
  });
  return Object.fromEntries(named);
}
