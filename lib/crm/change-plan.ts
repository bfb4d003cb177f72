/**
 * Changes to the CRM's database as the SQL that makes them: planned first, shown, then run word for
 * word. Each step is one transaction, so a crash leaves whole steps, and planning anew finds the rest.
 *
 * Triggers need a lock that waits for writers, and while it waits, later writers queue behind it. So
 * every step gives up soon, and is tried again after a pause in which everybody else may pass.
 */
import { codeOf } from './failures.ts';
import { type Blocker, listBlockers } from './sql/list-blockers.ts';
import { runStatement, type Queryable } from './statement.ts';
import type { TableName } from './identifiers.ts';

export interface Step {
  /** What it is about, for people: `public.contacts`. */
  readonly title: string;
  /** What will be different, a phrase each. */
  readonly changes: readonly string[];
  readonly statements: readonly string[];
  /** The relations it locks. */
  readonly locks: readonly TableName[];
}

export interface Patience {
  readonly attempts: number;
  readonly pauseMs: number;
  readonly sleep: (ms: number) => Promise<void>;
}

export const IMPATIENT: Patience = { attempts: 1, pauseMs: 0, sleep: () => Promise.resolve() };

/** A second is as long as writers of the CRM ever queue behind us. */
const LOCK_TIMEOUT = '1s';

/** Names in what follows are qualified; with the CRM's own search_path they might mean something else. */
export const beginStep = `begin; set local lock_timeout = '${LOCK_TIMEOUT}'; set local search_path = pg_catalog`;

/** Catalogs are read as of one moment, and nothing is changed. */
export const beginPlan =
  'begin isolation level repeatable read, read only; set local search_path = pg_catalog';

export async function inTransaction<T>(
  client: Queryable,
  begin: string,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that broke has nothing to roll back; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** `client` is one session, outside a transaction. */
export async function runSteps(
  client: Queryable,
  steps: readonly Step[],
  patience: Patience = IMPATIENT,
  onDone: (step: Step) => void = () => undefined,
): Promise<void> {
  for (const step of steps) {
    await runStep(client, step, patience);
    onDone(step);
  }
}

async function runStep(client: Queryable, step: Step, patience: Patience): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inTransaction(client, beginStep, async () => {
        for (const statement of step.statements) await client.query(statement);
      });
      return;
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt >= patience.attempts) throw await describeBusy(client, step, error);
      await patience.sleep(patience.pauseMs);
    }
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Says who is in the way: that is whom to ask. */
async function describeBusy(client: Queryable, step: Step, cause: unknown): Promise<Error> {
  const blockers = await runStatement<Blocker>(client, listBlockers(step.locks));
  const who = blockers
    .map(({ pid, application, seconds }) => {
      const name = application === null || application === '' ? '' : ` (${application})`;
      return `process ${pid}${name}${seconds === null ? '' : `, in a transaction for ${seconds} s`}`;
    })
    .join('; ');
  const reason = who === '' ? 'somebody else held its lock' : `it is in use by ${who}`;
  return new Error(
    `${step.title}: ${reason}. Nothing of it was changed; what was done before stays. Run this again when it is free.`,
    { cause },
  );
}

/** The script that does the same. */
export function formatScript(steps: readonly Step[]): string {
  return steps
    .map(({ title, changes, statements }) =>
      [
        `-- ${[title, ...changes].map(inOneLine).join('\n--   ')}`,
        beginStep,
        ...statements.map((text) => text.trim()),
        'commit',
      ]
        .map((text) => (text.startsWith('--') || text.endsWith(';') ? text : `${text};`))
        .join('\n'),
    )
    .join('\n\n');
}

/** A name with a line break in it would end the comment. */
const inOneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');
