/** What `trivet approve` and `drop` do: what the batch is, a person’s yes, its orders seen through, and what became of them. */
import { userInfo } from 'node:os';
import type { SyncConfig } from '../config/model.ts';
import { BRAKE_CLASSES, isConsent } from '../engine/caps.ts';
import { listHeld, type HeldBatch } from '../flow/held.ts';
import { settleHeldSet, type BatchName, type HeldOrder } from '../plan/settle-held.ts';
import { confirm } from './confirm.ts';
import { CommandFailure, wrongUsage } from './failure.ts';
import { formatBatch, formatSettled } from './print/held.ts';
import { createInk } from './print/ink.ts';
import { runErrand } from './settle-errand.ts';
import { stopAtSignal } from './stop-signal.ts';
import { requireSync, type Target } from './target.ts';
import { answerFrom, showBefore, type TargetOptions } from './with-target.ts';

export interface SettleHeldCommand extends TargetOptions {
  readonly yes?: boolean;
}

export async function settleHeld(
  verb: HeldOrder['verb'],
  name: string,
  options: SettleHeldCommand,
): Promise<void> {
  const { signal } = stopAtSignal();
  await answerFrom(
    options,
    async (target) => {
      const { sync, batch } = parseBatch(target, name);
      const context = await target.open(sync);
      const all = await listHeld(context);
      const meant = all.filter((each) => isMeant(batch, each));
      requireAny(verb, name, { meant, all });
      const ink = createInk(process.stderr);
      const shown = meant.flatMap((each) => [...formatBatch(ink, each, Date.now()), '']);
      showBefore(target, options, shown);
      // By the clock of whoever held it: this machine's may be another.
      const seenAt = Math.max(...meant.map(({ until }) => until));
      await confirm(QUESTIONS[verb], { ...options, otherwise: '' });
      const order = { verb, batch, by: userInfo().username, seenAt };
      const errand = await runErrand(target, context, signal, (full, more) =>
        settleHeldSet(full, order, more),
      );
      const { settled, excuses, exitCode } = errand;
      return {
        json: { sync: sync.spec.name, batch: name, verb, ...settled, excuses },
        lines: (ink) => formatSettled(ink, { verb, name }, settled, excuses),
        exitCode,
      };
    },
    { works: true },
  );
}

const QUESTIONS = {
  approve: 'Let it go?',
  drop: 'Leave both ends as they are?',
} as const;

/** `<sync>`, `<sync>/<class>` or `<sync>/<class>/<run>`. */
function parseBatch(target: Target, name: string): { sync: SyncConfig; batch: BatchName } {
  const sync =
    target.config.syncs.find(
      ({ spec }) => name === spec.name || name.startsWith(`${spec.name}/`),
    ) ?? requireSync(target, name.split('/')[0] ?? name);
  const [one, ...run] = name.slice(sync.spec.name.length + 1).split('/');
  if (one === undefined || one === '') return { sync, batch: { class: null, batch: null } };
  const found = BRAKE_CLASSES.find((each) => each === one);
  if (found === undefined)
    throw wrongUsage(`“${one}” is no class of a brake; there is ${BRAKE_CLASSES.join(', ')}.`);
  const batch = run.length === 0 ? null : `${found}/${run.join('/')}`;
  return { sync, batch: { class: found, batch } };
}

const isMeant = (batch: BatchName, held: HeldBatch): boolean =>
  (batch.class === null || batch.class === held.class) &&
  (batch.batch === null || held.batch === `${held.sync}/${batch.batch}`);

function requireAny(
  verb: HeldOrder['verb'],
  name: string,
  { meant, all }: { readonly meant: readonly HeldBatch[]; readonly all: readonly HeldBatch[] },
): void {
  if (meant.length === 0) {
    const known = all.map(({ batch }) => batch).join(', ');
    throw new CommandFailure(
      `Nothing is held as “${name}”${known === '' ? ', and nothing else either' : `; there is ${known}`}.`,
    );
  }
  if (verb === 'drop' && meant.every((each) => isConsent(each.class)))
    throw new CommandFailure(
      'Consent cannot be dropped: nothing may leave people written to who said no. Put the right word back where it is wrong, and nothing is held any more; or approve it.',
    );
}
