/** Contacts whose member is there already: all of them to be written, or the sandbox's mixture of everything. */
import { createSampleData } from '../../lib/local/sandbox/sample-data.ts';
import { count, exact, type Figure } from '../figure.ts';
import { atBothEnds } from '../rig/crowds.ts';
import { startRig } from '../rig/rig.ts';
import { openTally, RECORD_KINDS, unitsOf, writesOf, type Tally } from '../rig/tally.ts';
import { firstSyncReadsMax, firstSyncWritesMax, PER_RECORD } from './bounds.ts';

interface FirstSync {
  readonly tally: Tally;
  readonly lanes: number;
  readonly troubles: number;
}

async function countFirstSync(
  sample: Parameters<typeof startRig>[0]['sample'],
): Promise<FirstSync> {
  const rig = await startRig({ sample, isMetered: true });
  try {
    const reader = await openTally(rig);
    await rig.untilBackfilled();
    const lanes = rig.sandbox.config.syncs[0]?.lanes ?? 0;
    return { tally: await reader.take(), lanes, troubles: rig.troubles.length };
  } finally {
    await rig.stop();
  }
}

export async function countKnownMembers(members: number): Promise<readonly Figure[]> {
  const { tally, lanes, troubles } = await countFirstSync((now) => atBothEnds(members, now));
  const what = `first sync of ${members.toLocaleString('en-US')} contacts who are members, all of them to be written`;
  const writes = unitsOf(tally, 'write', ...RECORD_KINDS) / members;
  return [
    count(`${what}: app writes`, writesOf(tally), { atMost: firstSyncWritesMax(members, lanes) }),
    count(`${what}: pages read`, tally.app.pages, { atMost: firstSyncReadsMax(members) }),
    count(`${what}: looks at single members`, tally.app.looks, { atMost: 0 }),
    exact(`${what}: write units per link`, Math.round(writes * 1_000) / 1_000, 'units', {
      atMost: PER_RECORD.writesPerLink,
    }),
    count(`${what}: functions that ended badly`, troubles, { atMost: 0 }),
  ];
}

/** Three quarters are members, some edited at one end, and some members nobody knows: shared fields too. */
export async function countMixture(contacts: number): Promise<readonly Figure[]> {
  const members = Math.floor(contacts * 0.75) + Math.floor(contacts * 0.05);
  const { tally, lanes, troubles } = await countFirstSync((now) =>
    createSampleData(contacts, 1, now),
  );
  const what = `first sync of the sandbox's ${contacts.toLocaleString('en-US')}`;
  return [
    count(`${what}: batches`, tally.app.batches, { atMost: firstSyncWritesMax(contacts, lanes) }),
    count(`${what}: pages read`, tally.app.pages, { atMost: firstSyncReadsMax(members) }),
    count(`${what}: looks at single members, before a shared field is written`, tally.app.looks),
    count(
      `${what}: single writes, of a shared field each or of a page's only one`,
      tally.app.singles,
    ),
    count(`${what}: functions that ended badly`, troubles, { atMost: 0 }),
  ];
}
