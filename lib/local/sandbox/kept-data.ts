/**
 * The directory of `--data`: ours alone while we run, and known to be filled with the sample or not. It
 * is claimed before anything in it is touched: a second sandbox that finds out later has by then replaced
 * the journal and the bundles under the first.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataDir } from '../services/data-dir-claim.ts';

export interface KeptData {
  /** False until a start has filled this kind of app completely: a kill may come in between. */
  isFilled(kind: string): boolean;
  noteFilled(kind: string): void;
  /** Notes a child, so that the next start can end it if we cannot. */
  addChild(pid: number): void;
  release(): void;
}

/** Where a simulated app keeps its state. */
export const journalPath = (dataDir: string, kind: string): string =>
  join(dataDir, `${kind}.journal`);

/** `kinds` are those of this start; another start may have one more, which is filled then. */
export async function openKeptData(dataDir: string, kinds: readonly string[]): Promise<KeptData> {
  mkdirSync(dataDir, { recursive: true });
  const claim = await claimDataDir(dataDir, 'trivet sandbox');
  const fillingPath = (kind: string): string => join(dataDir, `${kind}.filling`);
  for (const kind of kinds) {
    if (!existsSync(journalPath(dataDir, kind))) writeFileSync(fillingPath(kind), '');
  }
  return {
    isFilled: (kind) => !existsSync(fillingPath(kind)),
    noteFilled: (kind) => rmSync(fillingPath(kind), { force: true }),
    addChild: (pid) => claim.addChild(pid),
    release: () => claim.release(),
  };
}
