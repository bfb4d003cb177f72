/**
 * The orders one `trivet erase` gives, one to a person and sync, under a name they share; and the receipt of them, which
 * may be asked for again: whoever gave the order may have been cut off, and the law asks later.
 */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { OPEN_MAX, orderErasures } from '../flow/erasures.ts';
import type { FoundPerson } from '../flow/find-person.ts';
import type { Erasure } from '../ports/state.ts';
import { OUT_OF_REACH, partOf, signReceipt, type SignedReceipt } from './erase-receipt.ts';
import { CommandFailure } from './failure.ts';
import type { Target, TargetContext } from './target.ts';

interface Found {
  readonly context: TargetContext;
  readonly people: readonly FoundPerson[];
}

interface Wish {
  /** Keyed hash of the key or address that was named. */
  readonly subject: string;
  readonly crmRow: boolean;
}

/** The name of what was stored. */
export async function orderErasure(found: readonly Found[], wish: Wish): Promise<string> {
  const order = randomUUID().slice(0, 8);
  // A row is deleted once, whatever syncs are fed by its table.
  const rows = new Set<string>();
  for (const { context, people } of found) {
    const { schema, name } = context.sync.table;
    const erasures = people.map(({ key, remoteId, match }): Erasure => {
      const row = `${schema}.${name} ${key}`;
      const isFirst = wish.crmRow && key !== null && !rows.has(row);
      rows.add(row);
      return {
        id: randomUUID(),
        order,
        subject: wish.subject,
        by: userInfo().username,
        at: context.clock.now(),
        key,
        remoteId,
        match,
        crmRow: isFirst,
        steps: {},
        problem: null,
        doneAt: null,
      };
    });
    if (erasures.length === 0) continue;
    if (!(await orderErasures(context, erasures)))
      throw new CommandFailure(
        `${context.sync.spec.name} has ${OPEN_MAX} open erasures; wait until they are done.`,
      );
  }
  return order;
}

const POLL_MS = 300;
/** A round that was busy may have missed the ring; the schedule is a minute. */
const RING_EVERY_MS = 5_000;

/** Until all of it is done or the time is over. Null: nobody knows the order. */
export async function followOrder(
  target: Target,
  order: string,
  { secret, timeoutMs }: { readonly secret: string; readonly timeoutMs: number },
): Promise<SignedReceipt | null> {
  const { clock } = target;
  const endsAt = clock.now() + timeoutMs;
  let rungAt = clock.now();
  for (;;) {
    const parts = await readParts(target, order);
    if (parts.length === 0) return null;
    const isComplete = parts.every(({ erasure }) => erasure.doneAt !== null);
    if (isComplete || clock.now() >= endsAt)
      return signParts(target, parts, { secret, isComplete });
    if (clock.now() - rungAt > RING_EVERY_MS) {
      rungAt = clock.now();
      const open = parts.filter(({ erasure }) => erasure.doneAt === null);
      await target.queue.sendPull(
        [...new Set(open.map(({ sync }) => sync))].map((sync) => ({
          kind: 'ring',
          sync,
          source: 'erase',
        })),
      );
    }
    await clock.sleep(POLL_MS);
  }
}

interface Part {
  readonly sync: string;
  readonly app: string;
  readonly erasure: Erasure;
}

async function readParts(
  { state, config }: Pick<Target, 'state' | 'config'>,
  order: string,
): Promise<readonly Part[]> {
  const bySync = await Promise.all(
    config.syncs.map(async ({ spec, app }) => {
      const { erasing } = await state.loadHealth(spec.name);
      return erasing
        .filter((each) => each.order === order)
        .map((erasure) => ({ sync: spec.name, app, erasure }));
    }),
  );
  return bySync.flat();
}

function signParts(
  { mode, name }: Pick<Target, 'mode' | 'name'>,
  parts: readonly Part[],
  { secret, isComplete }: { readonly secret: string; readonly isComplete: boolean },
): SignedReceipt {
  const [first] = parts;
  return signReceipt(secret, {
    kind: 'trivet erasure',
    version: 1,
    target: `${mode} ${name}`,
    subject: first?.erasure.subject ?? '',
    by: first?.erasure.by ?? '',
    orderedAt: new Date(Math.min(...parts.map(({ erasure }) => erasure.at))).toISOString(),
    isComplete,
    parts: parts.map(({ sync, app, erasure }) => partOf(sync, app, erasure)),
    outOfReach: OUT_OF_REACH,
  });
}
