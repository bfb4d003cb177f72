/** What `trivet quarantine` does: what was refused, with whose words; and a person’s word about it, seen through. */
import { userInfo } from 'node:os';
import type { CrmKey } from '../engine/model.ts';
import { listQuarantine, type QuarantineFilter } from '../flow/quarantine.ts';
import { settleQuarantine } from '../plan/settle-quarantine.ts';
import { confirm } from './confirm.ts';
import { CommandFailure } from './failure.ts';
import { formatWard, formatWord, type Ward } from './print/quarantine.ts';
import { createInk } from './print/ink.ts';
import { countOf } from './print/words.ts';
import { runErrand } from './settle-errand.ts';
import { stopAtSignal } from './stop-signal.ts';
import { chosenSyncs, requireSync } from './target.ts';
import { answerFrom, showBefore, type TargetOptions } from './with-target.ts';

export interface QuarantineCommand extends TargetOptions {
  readonly key?: string;
  readonly reason?: string;
  readonly limit?: number;
  readonly yes?: boolean;
}

const LIMIT_DEFAULT = 50;
const LETTERS_MAX = 50;

const filterOf = ({ key, reason }: QuarantineCommand): QuarantineFilter => ({
  ...(key === undefined ? {} : { key: key as CrmKey }),
  ...(reason === undefined ? {} : { reason }),
});

export async function printQuarantine(
  name: string | undefined,
  options: QuarantineCommand,
): Promise<void> {
  await answerFrom(options, async (target) => {
    const wards: Ward[] = [];
    for (const sync of chosenSyncs(target, name)) {
      const { limit = LIMIT_DEFAULT } = options;
      const found = await listQuarantine(await target.open(sync), filterOf(options), limit);
      const dead = await target.deadLetters.count(sync.spec.name);
      const letters = dead === 0 ? [] : await target.deadLetters.peek(sync.spec.name, LETTERS_MAX);
      wards.push({ sync: sync.spec.name, ...found, dead, letters });
    }
    const now = Date.now();
    return {
      json: { syncs: Object.fromEntries(wards.map(({ sync, ...ward }) => [sync, ward])) },
      lines: (ink) =>
        wards.flatMap((ward, index) => [
          ...(index === 0 ? [] : ['']),
          ...formatWard(ink, ward, now),
        ]),
    };
  });
}

export async function settleRefused(
  verb: 'retry' | 'drop',
  name: string,
  options: QuarantineCommand,
): Promise<void> {
  const { signal } = stopAtSignal();
  const filter = filterOf(options);
  await answerFrom(
    options,
    async (target) => {
      const context = await target.open(requireSync(target, name));
      const found = await listQuarantine(context, filter, 3);
      if (found.total === 0)
        throw new CommandFailure(`Nothing of ${name} is quarantined${wordsOf(options)}.`);
      if (verb === 'drop') {
        const ward = { sync: name, ...found, dead: 0, letters: [] };
        showBefore(target, options, formatWard(createInk(process.stderr), ward, Date.now()));
        const what = countOf(found.total, 'refusal', 'refusals');
        await confirm(`Give up ${what}?`, { ...options, otherwise: '' });
      }
      const order = { verb, filter, by: userInfo().username, seenAt: found.latestAt };
      const errand = await runErrand(target, context, signal, (full, more) =>
        settleQuarantine(full, order, more),
      );
      const { settled, excuses, exitCode } = errand;
      return {
        json: { sync: name, verb, ...settled, excuses },
        lines: (ink) => formatWord(ink, { verb, sync: name }, settled, excuses),
        exitCode,
      };
    },
    { works: true },
  );
}

const wordsOf = ({ key, reason }: QuarantineCommand): string =>
  [
    ...(key === undefined ? [] : [` as record ${key}`]),
    ...(reason === undefined ? [] : [` with the words “${reason}”`]),
  ].join('');
