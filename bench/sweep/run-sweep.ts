/**
 * A sweep over records that are equal at both ends: what it calls, what it reads and writes of the state, and how long
 * it takes. Beside it what the same would cost without digests: looking at everybody in the lanes.
 */
import { exact, timed, type Figure, type Section } from '../figure.ts';
import { inStep } from '../rig/crowds.ts';
import { startRig, type Rig } from '../rig/rig.ts';
import {
  openTally,
  STATE_KINDS,
  unitsOf,
  writesOf,
  type Tally,
  type TallyReader,
} from '../rig/tally.ts';
import type { Sizes } from '../sizes.ts';

const MILLION = 1_000_000;

interface Swept {
  readonly tally: Tally;
  readonly tookMs: number;
}

export async function runSweep({ sweep: { records, drifted } }: Sizes): Promise<Section> {
  const rig = await startRig({ sample: (now) => inStep(records, now), isMetered: true });
  try {
    const reader = await openTally(rig);
    await rig.untilBackfilled();
    await rig.settle();
    const equal = await sweep(rig, reader);
    await requireProof(rig, { equal: records, sent: 0 });
    await driftSilently(rig, drifted);
    const repaired = await sweep(rig, reader);
    await requireProof(rig, { equal: records - drifted, sent: drifted });
    await rig.settle();
    const lookedAt = await lookAtEverybody(rig, reader);
    return {
      part: 'sweep',
      title: 'A sweep',
      method: [
        `The sandbox with ${words(records)} contacts in step, its schedule silent. One sweep is ordered and followed to its proof, which must say that all are equal. ` +
          'Calls to the app, and units of state by the consumed capacity the local DynamoDB answers (each read a strong one), are exact; the meter costs a hop, so seconds are an upper bound.',
        `Then ${words(drifted)} rows are changed with the triggers off, and a second sweep finds and repairs them. Last, the log asks for a look at the whole table, which is what there was before sweeps: every record is loaded and judged in its lane.`,
        'Per million: what one sweep cost per record, times a million. It grows in proportion, but for the slices that are spilled: larger ones pack better.',
      ],
      figures: [
        ...figuresOf(`${words(records)} equal records`, equal, records),
        exact('repairing: app writes', writesOf(repaired.tally), 'calls', null),
        exact(
          'repairing: read units more, per drifted record',
          perRecord(readsOf(repaired) - readsOf(equal), drifted),
          'units',
          null,
        ),
        exact(
          'repairing: write units more, per drifted record',
          perRecord(unitsWritten(repaired) - unitsWritten(equal), drifted),
          'units',
          null,
        ),
        ...figuresOf('looking at everybody instead', lookedAt, records),
        exact('functions that ended badly', rig.troubles.length, 'calls', { atMost: 0 }),
      ],
      notes: [
        'A real Mailchimp answers a page of a thousand in about a second and more, where the simulated one takes milliseconds: of a million records the thousand pages alone are a quarter of an hour to half an hour, in slices of twenty seconds between which live changes go on.',
        'The spilled slices are written over by the next sweep: there is nothing to delete, and their storage stays that of one sweep.',
      ],
      data: {
        'sweep.readUnits': perRecord(readsOf(equal), records),
        'sweep.writeUnits': perRecord(unitsWritten(equal), records),
      },
    };
  } finally {
    await rig.stop();
  }
}

const words = (count: number): string => count.toLocaleString('en-US');
const readsOf = ({ tally }: Swept): number => unitsOf(tally, 'read', ...STATE_KINDS);
const unitsWritten = ({ tally }: Swept): number => unitsOf(tally, 'write', ...STATE_KINDS);
const perRecord = (units: number, records: number): number =>
  Math.round((units / records) * 1_000) / 1_000;

function figuresOf(what: string, swept: Swept, records: number): readonly Figure[] {
  const { tally, tookMs } = swept;
  const isSweep = !what.startsWith('looking');
  const reads = perRecord(readsOf(swept), records);
  const writes = perRecord(unitsWritten(swept), records);
  return [
    exact(`${what}: pages of the app`, tally.app.pages, 'calls', null),
    exact(
      `${what}: looks at single members`,
      tally.app.looks,
      'calls',
      isSweep ? { atMost: 0 } : null,
    ),
    exact(`${what}: app writes`, writesOf(tally), 'calls', { atMost: 0 }),
    exact(`${what}: read units per record`, reads, 'units', isSweep ? { atMost: 0.5 } : null),
    exact(`${what}: write units per record`, writes, 'units', isSweep ? { atMost: 0.2 } : null),
    exact(`${what}: read units, per million`, Math.round(reads * MILLION), 'units', null),
    exact(`${what}: write units, per million`, Math.round(writes * MILLION), 'units', null),
    timed(`${what}: seconds`, tookMs / 1_000, 's'),
    timed(`${what}: seconds, per million`, (tookMs / 1_000) * (MILLION / records), 's'),
  ];
}

async function sweep(rig: Rig, reader: TallyReader): Promise<Swept> {
  const { state, config } = rig.sandbox;
  const name = config.syncs[0]?.spec.name ?? '';
  const order = { by: 'bench', at: Date.now() };
  await state.saveHealth(name, { ...(await state.loadHealth(name)), sweep: order });
  await reader.skip();
  const beganAt = Date.now();
  await rig.round();
  while (((await rig.checkpoint())?.sweep?.proof?.order ?? 0) < order.at) await rig.round();
  return { tookMs: Date.now() - beganAt, tally: await reader.take() };
}

async function requireProof(
  rig: Rig,
  { equal, sent }: { readonly equal: number; readonly sent: number },
): Promise<void> {
  const proof = (await rig.checkpoint())?.sweep?.proof;
  if (proof?.equal === equal && proof.sent === sent) return;
  throw new Error(`the sweep found another thing than it should have: ${JSON.stringify(proof)}`);
}

/** What a sweep is for: changes that no trigger saw. */
async function driftSilently(rig: Rig, rows: number): Promise<void> {
  await rig.people.sql(`alter table contacts disable trigger all`);
  await rig.people.sql(`update contacts set city = city || ' West' where id <= $1`, [rows]);
  await rig.people.sql(`alter table contacts enable trigger all`);
}

async function lookAtEverybody(rig: Rig, reader: TallyReader): Promise<Swept> {
  await rig.people.sql(
    `insert into trivet.change_log (table_name, keys, op) values ('public.contacts', null, 'all')`,
  );
  await reader.skip();
  const beganAt = Date.now();
  await rig.round();
  return { tookMs: Date.now() - beganAt, tally: await reader.take() };
}
