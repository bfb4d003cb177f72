/** The parts of the bench, in the order in which they run. A part is loaded when it is asked for. */
import type { PartName, Section } from './figure.ts';
import type { Sizes } from './sizes.ts';

/** Numbers that other parts measured, in this run or an earlier one. */
export type Known = ReadonlyMap<string, Readonly<Record<string, number>>>;

export interface Part {
  readonly name: PartName;
  readonly says: string;
  run(sizes: Sizes, known: Known): Promise<Section>;
}

export const PARTS: readonly Part[] = [
  {
    name: 'counts',
    says: 'calls to the app and units of state, exactly',
    run: async (sizes) => (await import('./counts/run-counts.ts')).runCounts(sizes),
  },
  {
    name: 'sweep',
    says: 'what comparing everybody costs when nothing differs, and when a little does',
    run: async (sizes) => (await import('./sweep/run-sweep.ts')).runSweep(sizes),
  },
  {
    name: 'engine',
    says: 'parse, map, delta, merge and plan in memory, on one core',
    run: async (sizes) => (await import('./engine/run-engine.ts')).runEngine(sizes),
  },
  {
    name: 'first-sync',
    says: 'records a second of the whole stack, beside what it is to be compared with',
    run: async (sizes) => (await import('./first-sync/run-first-sync.ts')).runFirstSync(sizes),
  },
  {
    name: 'memory',
    says: 'each function with few contacts and with many, under the same limit',
    run: async (sizes) => (await import('./memory/run-memory.ts')).runMemory(sizes),
  },
  {
    name: 'latency',
    says: 'from one end to the other, quiet and during a first sync',
    run: async (sizes) => (await import('./latency/run-latency.ts')).runLatency(sizes),
  },
  {
    name: 'isolation',
    says: 'whether one app that is down delays another, in pairs',
    run: async (sizes) => (await import('./isolation/run-isolation.ts')).runIsolation(sizes),
  },
  {
    name: 'capture',
    says: 'what the triggers cost the CRM, and what other ways would',
    run: async (sizes) => (await import('./capture/run-capture.ts')).runCapture(sizes),
  },
  {
    name: 'bundles',
    says: 'the size of each function, and how long it takes to be ready',
    run: async (sizes) => (await import('./bundles/run-bundles.ts')).runBundles(sizes),
  },
  {
    name: 'cost',
    says: 'a month on AWS, from the counts and a dated price list',
    run: async (_sizes, known) => (await import('./cost/run-cost.ts')).runCost(known),
  },
];

export function findParts(names: readonly string[]): readonly Part[] {
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) {
    const known = PARTS.map(({ name }) => name).join(', ');
    throw new Error(`there is no part “${unknown}”; there is ${known}`);
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}
