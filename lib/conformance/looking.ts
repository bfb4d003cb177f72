/** Looks at single records, and what a write says it left behind: both are what the merge believes. */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { AppObservation, FetchTarget } from '../ports/app.ts';
import {
  claimHolds,
  createOf,
  isSame,
  keyOf,
  lastSeen,
  matchOf,
  PLENTY,
  requireOnly,
  typeOf,
  updateOf,
  valueOf,
  walkThrough,
  type Bench,
} from './bench.ts';
import { claim, claimEqual, type Clause } from './clause.ts';
import type { Harness } from './harness.ts';
import { hasNoDelta, isWriteOnly } from './reasons.ts';

export const LOOKING: readonly Clause[] = [
  {
    id: 'look',
    promise: 'a look shows each record asked for, in the order asked, and who is not there',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      const { harness } = bench;
      const made = await bench.make(3);
      const seen = await bench.look(
        ...[2, 0].map((n) => ({ remoteId: made[n]?.remoteId ?? null, match: null })),
        unlinked(harness, 1),
        unlinked(harness, 900),
      );
      claimEqual(
        seen.map(({ remoteId, existence }) => [remoteId, existence]),
        [...[2, 0, 1].map((n) => [made[n]?.remoteId, 'present']), [null, 'absent']],
        'ids and existence',
      );
      seen.slice(0, 3).forEach((each, at) => {
        claimHolds(harness, each.raw, harness.person([2, 0, 1][at] ?? 0));
      });
    },
  },
  {
    id: 'look-honest',
    promise: 'an observation says when the call that saw it began, and shows no path nobody maps',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      const before = bench.stage.now();
      const seen = requireOnly(await bench.look({ remoteId: made.remoteId, match: null }));
      const isWithin = seen.beganAt >= before - 5 && seen.beganAt <= bench.stage.now() + 5;
      claim(isWithin, `beganAt is ${seen.beganAt - before} ms from when the call began`);
      const strange = Object.keys(seen.raw).filter((path) => !(path in bench.harness.types));
      claimEqual(strange, [], 'paths that are not mapped');
    },
  },
  {
    id: 'answer',
    promise: 'what a write says the record shows is what a look shows: no echo comes of it',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      const { harness } = bench;
      const [created] = await bench.push(createOf(harness, 0));
      const { remoteId } = await bench.requireHeld(0);
      await claimTrue(bench, remoteId, created);
      const [updated] = await bench.push(updateOf(harness, 0, { remoteId }));
      await claimTrue(bench, remoteId, updated);
      // The same once more: nothing changes, nobody is made.
      const [again] = await bench.push(updateOf(harness, 0, { remoteId }));
      await claimTrue(bench, remoteId, again);
      claimEqual((await bench.stage.held()).length, 1, 'records in the app');
    },
  },
  {
    id: 'echo',
    promise: 'our own writes come back as what they left behind, and then never again',
    whyNot: hasNoDelta,
    prove: async (bench) => {
      const { harness, stage } = bench;
      const from = valueOf(await bench.app.present(PLENTY));
      stage.pass(30_000);
      const made = await bench.make(3);
      for (const [n, held] of made.entries()) await bench.push(updateOf(harness, n, held));
      stage.pass(30_000);
      const first = await walkThrough({ bench, by: 'pull', from });
      const shown = lastSeen(first.seen);
      for (const [n, { remoteId }] of made.entries()) {
        const echo = shown.get(remoteId);
        claim(echo !== undefined, 'a record we wrote is not in the delta');
        claimHolds(harness, echo.raw, { ...harness.person(n), ...harness.changed(n) });
      }
      stage.pass(30_000);
      const second = await walkThrough({ bench, by: 'pull', from: first.cursor });
      claimEqual(second.seen.length, 0, 'observations in the round after');
    },
  },
];

/** As the flow looks for somebody whose id it does not know. */
const unlinked = (harness: Harness, n: number): FetchTarget & { readonly key: CrmKey } => ({
  remoteId: null,
  match: matchOf(harness, harness.person(n)),
  key: keyOf(n),
});

type Answered = Awaited<ReturnType<Bench['push']>>[number] | undefined;

/** What the answer shows, if it shows anything, is what a look shows. */
async function claimTrue(bench: Bench, remoteId: RemoteId, answered: Answered): Promise<void> {
  claim(answered?.kind === 'applied', `a write was answered by ${answered?.kind}`);
  const { observed } = answered;
  if (observed === null) return;
  const isNamed = observed.remoteId === null || observed.remoteId === remoteId;
  claim(isNamed, 'the answer names another record');
  const look = requireOnly(await bench.look({ remoteId, match: null }));
  claimAgree(bench, observed, look);
}

function claimAgree({ harness }: Bench, observed: AppObservation, look: AppObservation): void {
  claimEqual(observed.existence, look.existence, 'the existence an answer shows');
  for (const [path, raw] of Object.entries(look.raw)) {
    if (!(path in observed.raw)) continue;
    const value = typeOf(harness, path).parse(raw);
    claim(
      value.ok && isSame(harness, path, observed.raw[path], value.value),
      `${path}: the answer shows ${JSON.stringify(observed.raw[path])}, a look ${JSON.stringify(raw)}`,
    );
  }
}
