/** `trivet resume <sync>`: a sync that a person stopped goes on. */
import type { Command } from 'commander';
import { resumeSync, type Resumed } from '../flow/steer.ts';
import { CommandFailure } from './failure.ts';
import type { Ink } from './print/ink.ts';
import { formatPause } from './print/status.ts';
import { requireSync } from './target.ts';
import { answerFrom, describeTargetCommand, type TargetOptions } from './with-target.ts';

export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .description('let a paused sync go on, at once')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news');
  describeTargetCommand(command, `  npx trivet resume contacts-news`).action(resume);
}

async function resume(name: string, options: TargetOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const resumed = await resumeSync(target.open(requireSync(target, name)));
    const { halted } = resumed;
    if (halted !== null) {
      const was = resumed.paused === null ? 'is not paused, but' : 'is not paused any more, but';
      throw new CommandFailure(
        `${name} ${was} halted (${target.mode} ${target.name}): ${halted.reason}`,
      );
    }
    return { json: { sync: name, ...resumed }, lines: (ink) => linesOf(ink, name, resumed) };
  });
}

function linesOf(ink: Ink, name: string, { paused, hasLostPlace }: Resumed): readonly string[] {
  if (paused === null) return [`${name} was not paused; it was rung for.`];
  const pause = formatPause(paused, Date.now());
  return [
    `${ink.paint('green', 'Resumed')} ${name}, paused ${pause}.`,
    ...(hasLostPlace
      ? ['It stood still for more than a week and lost its place: the whole table is walked first.']
      : []),
  ];
}
