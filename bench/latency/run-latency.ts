/** How soon an edit is at the other end: in a quiet stack, and while a large first sync is under way. */
import { timed, type Figure, type Section } from '../figure.ts';
import { inStep, onlyInCrm } from '../rig/crowds.ts';
import { startRig } from '../rig/rig.ts';
import type { Sizes } from '../sizes.ts';
import { percentile } from '../statistics.ts';
import { findPeople, sampleEdits, type Latencies } from './sample-edits.ts';

const IDLE_MS = { p50: 1_000, p95: 3_000 };
const BUSY_P95_MS = 5_000;
/** People whose edits are timed; both ends know them from the beginning. */
const KNOWN = 40;

export async function runLatency({ latency }: Sizes): Promise<Section> {
  const quiet = await measureQuiet(latency.samples);
  const busy = await measureBusy(latency.firstSyncContacts);
  const contacts = latency.firstSyncContacts.toLocaleString('en-US');
  return {
    part: 'latency',
    title: 'Latency',
    method: [
      'Through the sandbox, one edit after the other, each looked for every 20 ms. To the app: a city changed in the CRM, from its commit over the doorbell until the API of the simulated Mailchimp shows it. ' +
        'To the CRM: a phone number changed by the subscriber, from then over the webhook until the table shows it. The simulated Mailchimp delivers most webhooks within 20 ms, one in twenty within 400. A first edit each way is not timed.',
      `The second half is sampled while ${contacts} further contacts are being synced for the first time, for as long as that takes.`,
    ],
    figures: [
      ...figuresOf('CRM → app, quiet', quiet.toApp, IDLE_MS),
      ...figuresOf('app → CRM, quiet', quiet.toCrm, IDLE_MS),
      ...figuresOf('CRM → app, during a first sync', busy.toApp, { p95: BUSY_P95_MS }),
      ...figuresOf('app → CRM, during a first sync', busy.toCrm, { p95: BUSY_P95_MS }),
    ],
    notes: [
      'A live change waits for one page of the first sync in its lane, never for the backlog (lib/flow/backfill.ts): the figure during a first sync is the time of such a page.',
    ],
    data: {},
  };
}

function figuresOf(
  what: string,
  latencies: readonly number[],
  most: { readonly p50?: number; readonly p95: number },
): Figure[] {
  const at = (share: number): number => Math.round(percentile(latencies, share));
  return [
    timed(
      `${what}: p50 of ${latencies.length}`,
      at(0.5),
      'ms',
      most.p50 === undefined ? null : { atMost: most.p50 },
    ),
    timed(`${what}: p95`, at(0.95), 'ms', { atMost: most.p95 }),
  ];
}

async function measureQuiet(samples: number): Promise<Latencies> {
  const rig = await startRig({ sample: (now) => inStep(KNOWN, now), isMetered: false });
  try {
    await rig.untilBackfilled();
    await rig.settle();
    const people = await findPeople(rig, KNOWN);
    return await sampleEdits(rig, people, async (done) => done < samples);
  } finally {
    await rig.stop();
  }
}

async function measureBusy(contacts: number): Promise<Latencies> {
  const rig = await startRig({ sample: (now) => crowd(contacts, now), isMetered: false });
  try {
    const people = await findPeople(rig, KNOWN);
    const isBackfilling = async (done: number): Promise<boolean> =>
      done === 0 || (await rig.checkpoint())?.backfill !== null;
    return await sampleEdits(rig, people, isBackfilling);
  } finally {
    await rig.stop();
  }
}

/** A few people both ends know, in front of the many who are to be synced. */
function crowd(contacts: number, now: number): ReturnType<typeof onlyInCrm> {
  const known = inStep(KNOWN, now);
  const { contacts: others } = onlyInCrm(KNOWN + contacts);
  return { contacts: [...known.contacts, ...others.slice(KNOWN)], members: known.members };
}
