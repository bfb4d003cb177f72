/** Whether one app that is down delays another: edits on their way to Mailchimp, with Meta up and with Meta down. */
import { sampleConfigFile } from '../../lib/local/sandbox/sample-config.ts';
import { timed, type Section, type Table } from '../figure.ts';
import { subscribed } from '../rig/crowds.ts';
import { startRig, type Rig } from '../rig/rig.ts';
import type { Sizes } from '../sizes.ts';
import { median, percentile } from '../statistics.ts';
import { findPeople, sampleEditsToApp, type Person } from '../latency/sample-edits.ts';

/** Either of them is enough: where an edit takes little, a fifth of it is noise. */
const MOST = { times: 1.2, ms: 200 };
/** Everybody is at both apps, so each edit is also Meta's. */
const PEOPLE = 40;
/** Longer than anybody waits for an answer. */
const SILENT_MS = 3_600_000;

/** The p95 of one pair, in ms. */
interface Pair {
  readonly up: number;
  readonly down: number;
}

export async function runIsolation({ isolation }: Sizes): Promise<Section> {
  const { pairs: count, samples } = isolation;
  const pairs = await measurePairs(count, samples);
  const ratio = median(pairs.map(({ up, down }) => down / up));
  const difference = Math.round(median(pairs.map(({ up, down }) => down - up)));
  return {
    part: 'isolation',
    title: 'One app that is down, and another',
    method: [
      'Two sandboxes with Mailchimp and a Meta audience, everybody subscribed and at both. In one of them Meta takes every call and answers none. A city is changed in the CRM, which is a change for both apps, and timed from its commit over the doorbell until the API of the simulated Mailchimp shows it, looked for every 20 ms. ' +
        `${count} pairs of ${samples} edits in each sandbox, the first of each pair in turn; the p95 of each half is compared with the other half of its pair. The first edit is not timed.`,
    ],
    figures: [
      timed(`p95 with Meta up, median of ${count}`, medianOf(pairs, 'up'), 'ms'),
      timed(`p95 with Meta down, median of ${count}`, medianOf(pairs, 'down'), 'ms'),
      timed('down against up, median of the pairs', ratio, '×', { atMost: MOST.times }),
      timed('down minus up, median of the pairs', difference, 'ms', { atMost: MOST.ms }),
    ],
    notes: [
      `Asked is one of the two: at most ${MOST.times} times as long, or at most ${MOST.ms} ms longer. That no message for Mailchimp waits for a call to Meta is asserted, without any time, in test/e2e/stuck-app.test.ts.`,
    ],
    tables: [tableOf(pairs)],
    data: {},
  };
}

const medianOf = (pairs: readonly Pair[], half: keyof Pair): number =>
  Math.round(median(pairs.map((pair) => pair[half])));

const tableOf = (pairs: readonly Pair[]): Table => ({
  title: 'The pairs',
  head: ['pair', 'p95 with Meta up', 'p95 with Meta down'],
  rows: pairs.map(({ up, down }, n) => [
    String(n + 1),
    `${Math.round(up)} ms`,
    `${Math.round(down)} ms`,
  ]),
});

async function measurePairs(count: number, samples: number): Promise<readonly Pair[]> {
  const config = sampleConfigFile(['news', 'ads']);
  try {
    return await withRig(config.path, (up) =>
      withRig(config.path, (down) => comparePairs({ up, down }, count, samples)),
    );
  } finally {
    config.remove();
  }
}

async function withRig<T>(configPath: string, use: (rig: Rig) => Promise<T>): Promise<T> {
  const rig = await startRig({
    sample: (now) => subscribed(PEOPLE, now),
    configPath,
    isMetered: false,
  });
  try {
    await rig.untilBackfilled();
    await rig.settle();
    return await use(rig);
  } finally {
    await rig.stop();
  }
}

async function comparePairs(
  { up, down }: Readonly<Record<keyof Pair, Rig>>,
  count: number,
  samples: number,
): Promise<readonly Pair[]> {
  const [upPeople, downPeople] = [await findPeople(up, PEOPLE), await findPeople(down, PEOPLE)];
  await silenceMeta(down);
  // Starts the processes, and in one of them meets the silence.
  await sampleEditsToApp(up, upPeople, { samples: 1, name: 'Warm City' });
  await sampleEditsToApp(down, downPeople, { samples: 1, name: 'Warm City' });
  const pairs: Pair[] = [];
  for (let n = 0; n < count; n += 1) {
    const p95 = async (rig: Rig, people: readonly Person[]): Promise<number> =>
      percentile(await sampleEditsToApp(rig, people, { samples, name: `City ${n}.` }), 0.95);
    // Whatever else the machine does meets each of them first as often as the other.
    const before = n % 2 === 0 ? await p95(up, upPeople) : null;
    const ofDown = await p95(down, downPeople);
    pairs.push({ up: before ?? (await p95(up, upPeople)), down: ofDown });
  }
  return pairs;
}

async function silenceMeta({ sandbox }: Rig): Promise<void> {
  const { meta } = sandbox.description;
  if (meta === undefined) throw new Error('the sandbox has no Meta');
  const fault = { kind: 'timeout-before', ms: SILENT_MS };
  const answer = await fetch(`${meta.control}/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`Meta could not be silenced: ${await answer.text()}`);
}
