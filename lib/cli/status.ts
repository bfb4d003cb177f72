/** `trivet status`: how every sync stands. */
import type { Command } from 'commander';
import { syncStatus } from '../flow/status.ts';
import { formatStatus } from './print/status.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, describeTargetCommand, type TargetOptions } from './with-target.ts';

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('how every sync stands: records by state, rounds, lag, what is parked and why')
    .argument('[sync]', 'only this one');
  describeTargetCommand(
    command,
    `  npx trivet status
  npx trivet status contacts-news --json`,
  ).action(printStatus);
}

async function printStatus(name: string | undefined, options: TargetOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const now = Date.now();
    const statuses = await Promise.all(
      chosenSyncs(target, name).map(async ({ spec }) => ({
        sync: spec.name,
        status: await syncStatus(target.state, spec.name, now),
      })),
    );
    return {
      json: { syncs: Object.fromEntries(statuses.map(({ sync, status }) => [sync, status])) },
      lines: (ink) => statuses.flatMap(({ sync, status }) => formatStatus(ink, sync, status, now)),
    };
  });
}
