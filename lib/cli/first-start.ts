/**
 * The first start of a stack on this machine: refused while either end does not fit, so that nothing is half
 * done. Later ones are not: what is down then is waited for, and what no longer fits halts its sync alone.
 */
import { existsSync } from 'node:fs';
import type { UserConfig } from '../config/user-config.ts';
import { instanceFile } from '../local/instance/state-dir.ts';
import type { Finding } from '../ports/finding.ts';
import { examineApp } from './examine-app.ts';
import { examineCrmEnd } from './examine-crm.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { openConfig } from './setup.ts';

/** Passes by itself. */
const PASSING = new Set(['crm.horizon']);

export async function requireSoundStart(user: UserConfig, dataDir: string): Promise<void> {
  if (existsSync(instanceFile(dataDir))) return;
  const setup = openConfig(user);
  const { syncs } = user.config;
  const ends = await Promise.all([
    examineCrmEnd(setup, syncs),
    ...syncs.map((sync) => examineApp(setup, sync)),
  ]);
  const errors = ends
    .flatMap(({ findings }) => findings)
    .filter(({ severity, code }) => severity === 'error' && !PASSING.has(code));
  if (errors.length === 0) return;
  const lines = errors.map((error) => `  - ${told(error)}`).join('\n');
  throw new CommandFailure(
    `Nothing was started, for this has to be put right first:\n${lines}\n“npx trivet doctor” says more; --no-doctor starts all the same.`,
    EXIT.needsPerson,
  );
}

function told({ where, found, remedy }: Finding): string {
  const what = found.includes(where) ? found : `${where}: ${found}`;
  return remedy?.kind === 'command' ? `${what} (${remedy.text})` : what;
}
