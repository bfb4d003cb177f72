/** Capabilities: the flow believes what a connector declares, so a wrong word there is a lost update elsewhere. */
import type { AppCommand } from '../ports/app.ts';
import {
  createOf,
  keyOf,
  matchOf,
  PLENTY,
  requireOnly,
  tell,
  updateOf,
  valueOf,
  walkThrough,
  type Bench,
} from './bench.ts';
import { always, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking } from './harness.ts';
import { hasNoTrouble, hasNoVersions, isLedger, isWriteOnly } from './reasons.ts';

/** The vendor keeps whole seconds, as most do. */
const TICK_MS = 5000;

export const HONESTY: readonly Clause[] = [
  {
    id: 'declared',
    promise: 'the connector declares what the configuration was told, and numbers that can be used',
    whyNot: always,
    prove: async ({ harness, app }) => {
      claimEqual(app.capabilities, harness.capabilities, 'capabilities');
      const { connectionsMax, delta, longestCallMs } = app.capabilities;
      claimEqual(app.ledger !== undefined, delta === 'none', 'whether it is told by a ledger');
      claim(Number.isInteger(connectionsMax) && connectionsMax >= 1, 'connectionsMax is below 1');
      // Apply has this and 30 s more; Lambda ends everything after 15 minutes.
      claim(longestCallMs > 0 && longestCallMs <= 870_000, 'longestCallMs is not within 870 s');
    },
  },
  {
    id: 'identity',
    promise: 'it says which end it is, the same each time, and the object without a call',
    whyNot: always,
    prove: async (bench) => {
      const first = valueOf(await bench.app.identify(PLENTY));
      const second = valueOf(await bench.stage.connect().identify(PLENTY));
      claimEqual(first, second, 'the end');
      claimEqual(first.object, bench.app.object, 'the object');
      claim(first.account !== '' && first.object !== '', 'the end has no name');
      const shown = bench.stage.secrets.find((secret) => JSON.stringify(first).includes(secret));
      claim(shown === undefined, 'the end is named by a secret, which changes');
    },
  },
  {
    id: 'versions',
    promise: 'versions rise with each change, and stand still without one',
    whyNot: hasNoVersions,
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      const versionOf = async (): Promise<number> => {
        const target = { remoteId: made.remoteId, match: null };
        const { version } = requireOnly(await bench.look(target));
        claim(version !== null, 'a record was shown without a version');
        return version;
      };
      const first = await versionOf();
      bench.stage.pass(TICK_MS);
      claimEqual(await versionOf(), first, 'the version of a record nobody touched');
      await bench.people.edit(made.remoteId, bench.harness.changed(0));
      const second = await versionOf();
      claim(second > first, `after an edit the version is ${second}, and was ${first}`);
      bench.stage.pass(TICK_MS);
      const fields = bench.harness.person(7);
      const [path = ''] = Object.keys(bench.harness.changed(7));
      await bench.push(updateOf(bench.harness, 0, made, { [path]: fields[path] ?? null }));
      claim((await versionOf()) > second, 'our own write did not raise the version');
    },
  },
  {
    id: 'no-versions',
    promise: 'without versions none is shown: half of one would be compared with nothing',
    whyNot: (harness) =>
      isWriteOnly(harness) ?? (harness.capabilities.versions ? 'it has versions' : null),
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      const look = requireOnly(await bench.look({ remoteId: made.remoteId, match: null }));
      claim(look.version === null, `a version is shown: ${look.version}`);
      const { seen } = await walkThrough({ bench, by: 'list', from: null });
      claim(
        seen.every(({ version }) => version === null),
        'the listing shows versions',
      );
    },
  },
  {
    id: 'declines',
    promise: 'a command the app has not is rejected: not dropped, and not done as something else',
    whyNot: (harness) =>
      isLedger(harness) ??
      (declinedBy(harness).length > 0 ? null : 'the app has all kinds of commands'),
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      const before = await bench.stage.held();
      for (const command of declinedBy(bench.harness)) {
        const [outcome] = await bench.push({ ...command, remoteId: made.remoteId } as AppCommand);
        claim(
          outcome?.kind === 'rejected',
          `a ${command.kind} was answered by ${outcome === undefined ? 'nothing' : tell(outcome)}`,
        );
      }
      claimEqual(await bench.stage.held(), before, 'what the app holds');
    },
  },
  {
    id: 'longest-call',
    promise: 'a call that is never answered is given up within its time',
    whyNot: hasNoTrouble('timeout-before'),
    prove: async (bench) => {
      await bench.stage.trouble({ name: 'timeout-before', on: 'everything', times: 1 });
      const endsAt = Date.now() + bench.harness.shortBudgetMs;
      const budget = { remainingMs: () => endsAt - Date.now() };
      await bench.app.push([createOf(bench.harness, 0)], budget);
      const overMs = Date.now() - endsAt;
      claim(overMs <= 0, `it came back ${overMs} ms after its time was over`);
    },
  },
];

/** One command of each kind that the app lacks. */
function declinedBy(harness: Bench['harness']): readonly AppCommand[] {
  const key = keyOf(0);
  const remoteId = '' as never;
  const declined: AppCommand[] = [];
  if (isLacking(harness.rename)) {
    const to = matchOf(harness, harness.person(77));
    declined.push({ kind: 'rename', key, remoteId, path: harness.matchPath, to });
  }
  if (isLacking(harness.archive)) declined.push({ kind: 'archive', key, remoteId });
  if (isLacking(harness.delete)) declined.push({ kind: 'delete', key, remoteId });
  if (isLacking(harness.revive)) {
    declined.push({ kind: 'revive', key, remoteId, fields: harness.person(0) });
  }
  return declined;
}
