/**
 * Writing to the CRM: many commands, one outcome each, in the same order.
 *
 *   commands → rounds (a key and a match value once per round) → pages
 *   page     → one transaction (write-page.ts)
 *              failed by one row → its parts, each its own transaction, down to that row
 *
 * A page that fails changes nothing, so its parts start from nothing too. Savepoints would save the
 * few transactions, but keep the locks of a page while its troubles are looked for.
 */
import type { CrmCommand, CrmOutcome } from '../ports/crm.ts';
import type { Session } from './session.ts';
import type { TableShape } from './table-shape.ts';
import { judgeFailure, type WriteFailure } from './write-failures.ts';
import { writePage } from './write-page.ts';
import { planRounds } from './write-rounds.ts';

export interface WriteContext {
  readonly session: Session;
  readonly shape: TableShape;
  readonly sleep: (ms: number) => Promise<void>;
}

/** By eight and not by two: for one bad row among 500 it is as many transactions, but 3 failing ones instead of 9. */
const partsPerSplit = 8;
const firstBackoffMs = 50;

export async function writeCommands(
  context: WriteContext,
  commands: readonly CrmCommand[],
): Promise<readonly CrmOutcome[]> {
  const outcomes: CrmOutcome[] = [];
  for (const round of planRounds(commands)) {
    const done = await writeOrSplit(
      context,
      round.map((index) => commands[index] as CrmCommand),
    );
    round.forEach((index, place) => {
      outcomes[index] = done[place] as CrmOutcome;
    });
  }
  return outcomes;
}

async function writeOrSplit(
  context: WriteContext,
  page: readonly CrmCommand[],
): Promise<readonly CrmOutcome[]> {
  const result = await tryPage(context, page);
  if (result.kind === 'done') return result.outcomes;
  const [only, second] = page;
  if (only !== undefined && second === undefined) {
    return [await settleSingle(context, only, result.failure)];
  }
  const size = Math.ceil(page.length / partsPerSplit);
  const outcomes: CrmOutcome[] = [];
  for (let start = 0; start < page.length; start += size) {
    outcomes.push(...(await writeOrSplit(context, page.slice(start, start + size))));
  }
  return outcomes;
}

type PageResult =
  | { readonly kind: 'done'; readonly outcomes: readonly CrmOutcome[] }
  | { readonly kind: 'failed'; readonly failure: WriteFailure };

/** Serialization failures and deadlocks pass by themselves; waiting for a lock again would only wait again. */
async function tryPage(context: WriteContext, page: readonly CrmCommand[]): Promise<PageResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcomes = await context.session.write((client) =>
        writePage(client, context.shape, page),
      );
      return { kind: 'done', outcomes };
    } catch (error) {
      const failure = judgeFailure(error);
      if (failure === null) throw error;
      if (attempt >= failure.attemptsMax) return { kind: 'failed', failure };
      await context.sleep(firstBackoffMs * 2 ** attempt);
    }
  }
}

/** A unique index may have stopped an insert that raced another of the same person: then say who it is. */
async function settleSingle(
  context: WriteContext,
  command: CrmCommand,
  failure: WriteFailure,
): Promise<CrmOutcome> {
  if (failure.outcome.kind !== 'rejected' || failure.outcome.sqlstate !== '23505') {
    return failure.outcome;
  }
  if (command.kind !== 'insert' || command.unlessMatch === null) return failure.outcome;
  const again = await tryPage(context, [command]);
  const outcome = again.kind === 'done' ? again.outcomes[0] : undefined;
  return outcome ?? failure.outcome;
}
