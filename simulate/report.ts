/** What is said of a run: how far it is, what failed, and the command that runs it again. */
import type { Script } from '../test/support/flow-world/script.ts';
import { kindOf, type Kind } from './kinds.ts';
import type { SeedResult } from './crew.ts';
import type { Tally } from './run-seeds.ts';
import type { Shrunk } from './shrink.ts';

const counted = (count: number): string => count.toLocaleString('en-US');

export function progressLine({ seeds, seconds, failed }: Tally, count: number): string {
  const of = Number.isFinite(count) ? ` of ${counted(count)}` : '';
  const rate = seconds > 0 ? Math.round(seeds / seconds) : 0;
  return `${counted(seeds)}${of} seeds · ${rate} a second · ${failed.length} failed${named(failed)}`;
}

/** The last few, so that nobody has to wait for the end to look at one. */
const named = (failed: Tally['failed']): string =>
  failed.length === 0
    ? ''
    : ` (${failed
        .map(({ seed, kind }) => `${seed} ${kind}`)
        .slice(-5)
        .join(', ')})`;

export function summaryLine({ seeds, steps, seconds, failed, kinds }: Tally): string {
  const parts = Object.entries(kinds).map(([name, count]) => `${counted(count)} ${name}`);
  const outcome = failed.length === 0 ? 'none failed' : `${counted(failed.length)} failed`;
  const time = `${seconds.toFixed(1)} s`;
  return `${counted(seeds)} seeds (${parts.join(', ')}), ${counted(steps)} calls in ${time}: ${outcome}`;
}

export function replayCommand(seed: number, kind: Kind, script: Script | null): string {
  const parts = [`npm run simulate -- --seed ${seed}`];
  if (kind !== kindOf(seed)) parts.push(`--kind ${kind.name}`);
  if (script !== null) {
    parts.push(`--acts ${script.acts.join(',')}`);
    if (script.calm.length > 0) parts.push(`--calm ${script.calm.join(',')}`);
  }
  return parts.join(' ');
}

export const describeFailed = ({ seed, kind, problems }: SeedResult): string =>
  [`seed ${seed} (${kind}) fails:`, ...problems.map((problem) => `  ✗ ${problem}`)].join('\n');

export function describeShrunk(seed: number, kind: Kind, { script, run }: Shrunk): string {
  return [
    `seed ${seed} (${kind.name}) fails, with ${script.acts.length} acts of ${kind.acts}:`,
    ...run.story.map((line) => `    ${line}`),
    ...run.problems.map((problem) => `  ✗ ${problem}`),
    `  to run it again: ${replayCommand(seed, kind, script)}`,
    `  and the whole:   ${replayCommand(seed, kind, null)}`,
  ].join('\n');
}
