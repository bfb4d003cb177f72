/** Archives, deletes and revivals, as the app means them. */
import type { AppCommand } from '../ports/app.ts';
import type { AppExistence } from '../engine/model.ts';
import {
  claimHolds,
  keyOf,
  pathOfType,
  requireAll,
  requireOnly,
  tell,
  type Bench,
} from './bench.ts';
import { anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Held } from './harness.ts';
import { hasNo } from './reasons.ts';

export const REMOVING: readonly Clause[] = [
  {
    id: 'archive',
    promise: 'an archive takes the record out, and once more does no harm',
    whyNot: hasNo('archive'),
    prove: (bench) => proveRemoval(bench, 'archive'),
  },
  {
    id: 'delete',
    promise: 'a delete takes the record out, and once more finds nobody',
    whyNot: hasNo('delete'),
    prove: (bench) => proveRemoval(bench, 'delete'),
  },
  {
    id: 'revive',
    promise: 'a revival brings back the record that was archived, with the consent it is given',
    whyNot: anyOf(hasNo('archive'), hasNo('revive')),
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      requireAll(await bench.push(removeOf('archive', made)), 'applied');
      const consent = pathOfType(bench.harness, 'consent');
      const fields = {
        ...bench.harness.person(0),
        ...bench.harness.changed(0),
        ...(consent === null ? {} : { [consent]: 'unsubscribed' }),
      };
      const { remoteId } = made;
      const revive: AppCommand = { kind: 'revive', key: keyOf(0), remoteId, fields };
      requireAll(await bench.push(revive), 'applied');
      const after = await bench.requireHeld(0);
      claimEqual([after.remoteId, after.existence], [remoteId, 'present'], 'the record');
      claimHolds(bench.harness, after.raw, fields);
    },
  },
  {
    id: 'revive-nobody',
    promise: 'a revival makes nobody, and does not touch who was not archived',
    whyNot: hasNo('revive'),
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      const before = await bench.stage.held();
      const fields = { ...bench.harness.person(0), ...bench.harness.changed(0) };
      const revive: AppCommand = {
        kind: 'revive',
        key: keyOf(0),
        remoteId: made.remoteId,
        fields,
      };
      const outcome = requireOnly(await bench.push(revive));
      claim(outcome.kind !== 'applied', 'a record that is present was revived');
      claimEqual(await bench.stage.held(), before, 'what the app holds');
    },
  },
];

const removeOf = (kind: 'archive' | 'delete', { remoteId }: Held): AppCommand => ({
  kind,
  key: keyOf(0),
  remoteId,
});

async function proveRemoval(bench: Bench, kind: 'archive' | 'delete'): Promise<void> {
  const [first, other] = await bench.make(2);
  claim(first !== undefined && other !== undefined, 'two records were made');
  requireAll(await bench.push(removeOf(kind, first)), 'applied');
  const left = bench.harness[kind];
  if (isLacking(left)) throw new Error(left.lacks);
  claimEqual(await existenceOf(bench, first), left, `after the ${kind} the record`);
  claimEqual(await existenceOf(bench, other), 'present', 'the other record');
  const again = requireOnly(await bench.push(removeOf(kind, first)));
  const isHarmless = again.kind === 'gone' || again.kind === 'applied';
  claim(isHarmless, `the second ${kind} was answered by ${tell(again)}`);
  claimEqual(await existenceOf(bench, first), left, `after the second ${kind} the record`);
}

async function existenceOf({ stage }: Bench, { remoteId }: Held): Promise<AppExistence> {
  const held = (await stage.held()).find((each) => each.remoteId === remoteId);
  return held?.existence ?? 'absent';
}
