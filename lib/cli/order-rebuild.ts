/** `--rebuild`: a person asks that everybody at an app be replaced. Only where nobody can see who is in it. */
import { userInfo } from 'node:os';
import { askRebuild } from '../flow/rebuild.ts';
import { wrongUsage } from './failure.ts';
import { requireSync, type Target } from './target.ts';

export async function orderRebuild(
  target: Pick<Target, 'config' | 'state' | 'clock' | 'queue'>,
  name: string | undefined,
): Promise<void> {
  if (name === undefined)
    throw wrongUsage('--rebuild replaces everybody at an app: name the sync.');
  const sync = requireSync(target, name);
  const app = target.config.apps[sync.app];
  if (app?.capabilities.delta !== 'none') {
    throw wrongUsage(
      `--rebuild is for apps that show nobody who is in them. ${sync.app} shows everybody, and what differs there is repaired record by record.`,
    );
  }
  if (!sync.write)
    throw wrongUsage(
      `${name} only looks (write: false), so it replaces nobody. Let it write first.`,
    );
  await askRebuild({ ...target, sync }, userInfo().username);
}
