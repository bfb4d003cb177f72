/** Normal forms: what is written comes back as the same value, so that the sync falls silent. */
import { createOf, isSame, requireAll, requireOnly, updateOf, type Bench } from './bench.ts';
import { claim, type Clause } from './clause.ts';
import { isLacking, type Fields } from './harness.ts';
import { hasNo } from './reasons.ts';
import { isEmpty, type Value } from '../engine/value.ts';

export const FORMS: readonly Clause[] = [
  {
    id: 'forms',
    promise: 'each sample value, created or updated, comes back as the same value',
    whyNot: hasNo('samples'),
    prove: async (bench) => {
      let n = 0;
      const first = requireOnly(await bench.make(1));
      for (const [path, values] of Object.entries(samplesOf(bench))) {
        for (const value of values) {
          n += 1;
          await proveCreated(bench, n, { [path]: value });
          requireAll(
            await bench.push(updateOf(bench.harness, 0, first, { [path]: value })),
            'applied',
          );
          await claimShown(bench, 0, path, value);
        }
      }
    },
  },
  {
    id: 'forms-cleared',
    promise: 'a value that is taken away is empty at the other end',
    whyNot: hasNo('samples'),
    prove: async (bench) => {
      const first = requireOnly(await bench.make(1));
      for (const [path, values] of Object.entries(samplesOf(bench))) {
        const filled = values.find((value) => !isEmpty(value));
        if (filled === undefined) continue;
        const write = (value: Value) =>
          bench.push(updateOf(bench.harness, 0, first, { [path]: value }));
        requireAll(await write(filled), 'applied');
        requireAll(await write(null), 'applied');
        await claimShown(bench, 0, path, null);
      }
    },
  },
];

function samplesOf({ harness }: Bench): Readonly<Record<string, readonly Value[]>> {
  if (isLacking(harness.samples)) throw new Error(harness.samples.lacks);
  return harness.samples;
}

async function proveCreated(bench: Bench, n: number, fields: Fields): Promise<void> {
  requireAll(await bench.push(createOf(bench.harness, n, fields)), 'applied');
  for (const [path, value] of Object.entries(fields)) await claimShown(bench, n, path, value);
}

/** In the app, and where it can be looked at also to us. */
async function claimShown(bench: Bench, n: number, path: string, value: Value): Promise<void> {
  const { harness } = bench;
  const held = await bench.requireHeld(n);
  const shown = [held.raw[path]];
  if (harness.capabilities.delta !== 'none') {
    shown.push(requireOnly(await bench.look({ remoteId: held.remoteId, match: null })).raw[path]);
  }
  for (const raw of shown) {
    claim(
      isSame(harness, path, raw ?? null, value),
      `${path}: ${JSON.stringify(value)} was written and ${JSON.stringify(raw)} is shown`,
    );
  }
}
