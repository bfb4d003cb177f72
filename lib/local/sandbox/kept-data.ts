/**
 * The directory of `--data`: ours alone while we run, and known to be filled with the sample or not. It
 * is claimed before anything in it is touched: a second sandbox that finds out later has by then replaced
 * the journal and the bundles under the first.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataDir } from '../services/data-dir-claim.ts';

export interface KeptData {
  /** False until a start has filled both sides completely: a kill may come in between. */
  readonly isFilled: boolean;
  noteFilled(): void;
  /** Notes a child, so that the next start can end it if we cannot. */
  addChild(pid: number): void;
  release(): void;
}

/** Where the simulated Mailchimp keeps its audience. */
export const mailchimpPath = (dataDir: string): string => join(dataDir, 'mailchimp.journal');

export async function openKeptData(dataDir: string): Promise<KeptData> {
  mkdirSync(dataDir, { recursive: true });
  const claim = await claimDataDir(dataDir, 'trivet sandbox');
  const filling = join(dataDir, 'filling');
  if (!existsSync(mailchimpPath(dataDir))) writeFileSync(filling, '');
  return {
    isFilled: !existsSync(filling),
    noteFilled: () => rmSync(filling, { force: true }),
    addChild: (pid) => claim.addChild(pid),
    release: () => claim.release(),
  };
}
