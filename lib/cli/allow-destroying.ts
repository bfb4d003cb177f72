/** `--yes-destroy N`: a person's word to the brakes, for the next run of the syncs they named. */
import { userInfo } from 'node:os';
import { grantNextRun } from '../flow/grant.ts';
import { chosenSyncs, type Target } from './target.ts';

export async function allowDestroying(
  target: Target,
  name: string | undefined,
  count: number | undefined,
): Promise<void> {
  if (count === undefined) return;
  const grant = { name: 'destroy', count, by: userInfo().username } as const;
  for (const sync of chosenSyncs(target, name)) await grantNextRun({ ...target, sync }, grant);
}
