/** What `trivet resume` does: the pause is taken away, another map accepted, and the sync is rung for. */
import { userInfo } from 'node:os';
import { acceptMap, resumeSync, type Resumed, type SteerContext } from '../flow/steer.ts';
import { CommandFailure } from './failure.ts';
import type { Ink } from './print/ink.ts';
import { formatPause } from './print/status.ts';
import { requireSync, type Target } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export interface ResumeOptions extends TargetOptions {
  readonly accept?: string;
}

export async function resume(name: string, options: ResumeOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const context = { ...target, sync: requireSync(target, name) };
    const accepted =
      options.accept === undefined ? null : await accept(target, context, options.accept);
    const resumed = await resumeSync(context);
    const { halted, paused } = resumed;
    const isFree = halted === null || (halted.cause === 'map' && accepted !== null);
    if (!isFree) {
      const was = paused === null ? 'is not paused, but' : 'is not paused any more, but';
      throw new CommandFailure(
        `${name} ${was} halted (${target.mode} ${target.name}): ${halted.reason}${goesOn(halted)}`,
      );
    }
    return {
      json: { sync: name, ...resumed, halted: null, accepted },
      lines: (ink) => linesOf(ink, name, resumed, accepted),
    };
  });
}

/**
 * Nobody needs to resume what only an end keeps out: every round asks both whether they let the sync in again. Some
 * reasons say so themselves.
 */
const goesOn = ({ cause, reason }: { readonly cause?: string; readonly reason: string }): string =>
  cause === 'map' || reason.includes('goes on by itself')
    ? ''
    : ' Once that is put right the sync goes on by itself: every round asks again.';

/** What changed, in words; fails when there is nothing to accept, or when something else was seen. */
async function accept(target: Target, context: SteerContext, code: string): Promise<string> {
  const { name } = context.sync.spec;
  const where = `${target.mode} ${target.name}`;
  const accepted = await acceptMap(context, { code, by: userInfo().username });
  switch (accepted.kind) {
    case 'accepted':
      return accepted.change;
    case 'nothing':
      throw new CommandFailure(
        `There is nothing to accept: ${name} works by the map of this configuration already (${where}).`,
      );
    case 'wrong-code':
      throw new CommandFailure(
        `“${code}” is not the code of this map (${accepted.change}; ${where}). ` +
          `npx trivet plan ${name} shows what it would do, and its code.`,
      );
  }
}

function linesOf(
  ink: Ink,
  name: string,
  { paused, hasLostPlace }: Resumed,
  accepted: string | null,
): readonly string[] {
  const lines = [
    ...(accepted === null
      ? []
      : [
          `${ink.paint('green', 'Accepted')} the map of ${name}: ${accepted}.`,
          'The next round takes it over and walks both ends.',
        ]),
    ...(paused === null
      ? []
      : [`${ink.paint('green', 'Resumed')} ${name}, paused ${formatPause(paused, Date.now())}.`]),
    ...(hasLostPlace
      ? ['It stood still for more than a week and lost its place: the whole table is walked first.']
      : []),
  ];
  return lines.length > 0 ? lines : [`${name} was not paused; it was rung for.`];
}
