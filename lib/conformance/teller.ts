/**
 * An app that shows nobody, told as the flow tells it: commands become rows of its ledger, and what it was told is
 * remembered beside it, as the shadow does. Who is spared because another bears the same identifier, and who is told
 * once more, is the flow's own rule. So the clauses say the same to every app.
 */
import type { LedgerPlan, LedgerRow } from '../engine/ledger.ts';
import type { CrmKey } from '../engine/model.ts';
import {
  dropGivenUp,
  enterHolders,
  findSharers,
  sparePeople,
  type Telling,
} from '../flow/ledger-holders.ts';
import type { AppCommand, AppOutcome, AppReplica } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Ledger, LedgerOutcome } from '../ports/ledger.ts';
import { createBearers } from './bearers.ts';
import type { Fields, Stage } from './harness.ts';

/** What the app may hold of one record. */
interface Told {
  readonly fields: Fields;
  readonly ids: readonly string[];
}

interface Memory {
  readonly told: Map<CrmKey, Told>;
  readonly bearers: ReturnType<typeof createBearers>;
  /** Whoever may have gone out together with another. */
  readonly again: Set<CrmKey>;
}

/** A stage whose connectors take commands. What was told outlives every process of it. */
export function withTeller(stage: Stage): Stage {
  const memory: Memory = { told: new Map(), bearers: createBearers(), again: new Set() };
  return {
    ...stage,
    connect: (options) => {
      const replica = stage.connect(options);
      const { ledger } = replica;
      if (ledger === undefined) return replica;
      const push: AppReplica['push'] = (commands, budget) =>
        tell({ ...memory, ledger, budget, now: stage.now() }, commands);
      return { ...replica, push };
    },
  };
}

interface Page extends Memory {
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly now: number;
}

async function tell(page: Page, commands: readonly AppCommand[]): Promise<readonly AppOutcome[]> {
  const outcomes = new Map<AppCommand, AppOutcome>();
  const tellable = commands.flatMap((command) => {
    const fields = fieldsAfter(page, command);
    const plan = planOf(page, command, fields);
    if ('take' in plan) return [{ command, key: command.key, fields, plan }];
    outcomes.set(command, plan);
    return [];
  });
  const told = await tellRows(page, tellable);
  for (const [n, { command }] of tellable.entries()) {
    const outcome = told[n] ?? notTold;
    const isDone = outcome.kind === 'applied';
    outcomes.set(
      command,
      isDone ? { kind: 'applied', observed: null, beganAt: page.now } : outcome,
    );
  }
  await tellAgain(page);
  return commands.map((command) => outcomes.get(command) ?? notTold);
}

const notTold = { kind: 'gone', reason: 'not told' } as const;

interface Row {
  readonly key: CrmKey;
  readonly fields: Fields;
  readonly plan: LedgerPlan;
}

async function tellRows(page: Page, rows: readonly Row[]): Promise<readonly LedgerOutcome[]> {
  const { told, bearers, ledger, budget } = page;
  const tellings = rows.map(({ key, plan }): Telling => {
    const before = told.get(key);
    const ledgerBefore = before === undefined ? null : { ids: before.ids };
    return { work: { key, opened: { ledger: ledgerBefore } }, plan, take: plan.take };
  });
  for (const { key, fields, plan } of rows) {
    // Before it is sent: whatever it may come to hold.
    const ids = [...new Set([...(told.get(key)?.ids ?? []), ...(plan.put?.ids ?? [])])];
    told.set(key, { fields, ids });
  }
  await enterHolders(bearers, tellings);
  await sparePeople(bearers, tellings);
  const outcomes = await ledger.send(
    tellings.map(({ work: { key }, plan, take }) => ({ ...plan, key, take })),
    budget,
  );
  if (outcomes.length !== rows.length) {
    throw new Error(`${outcomes.length} outcomes came for ${rows.length} rows`);
  }
  const done = tellings.filter((_, n) => outcomes[n]?.kind === 'applied');
  await dropGivenUp(bearers, done);
  for (const key of await findSharers(bearers, done)) page.again.add(key);
  for (const { work, plan } of done) {
    const { fields } = told.get(work.key) ?? { fields: {} };
    told.set(work.key, { fields, ids: plan.put?.ids ?? [] });
    page.again.delete(work.key);
  }
  return outcomes;
}

/** Who is not told in this call is told in a later one. */
async function tellAgain(page: Page): Promise<void> {
  const rows = [...page.again].flatMap((key): readonly Row[] => {
    const { fields = {}, ids = [] } = page.told.get(key) ?? {};
    const put = ids.length === 0 ? null : rowOf(page, fields);
    return put === null ? [] : [{ key, fields, plan: { take: [], everywhere: false, put } }];
  });
  if (rows.length > 0) await tellRows(page, rows);
}

function fieldsAfter({ told }: Page, command: AppCommand): Fields {
  const before = told.get(command.key)?.fields ?? {};
  if (command.kind === 'rename') return { ...before, [command.path]: command.to };
  return 'fields' in command ? { ...before, ...command.fields } : before;
}

function rowOf({ ledger, now }: Page, fields: Fields): LedgerRow | null {
  const encoded = ledger.encode(fields, now);
  return encoded.kind === 'row' ? encoded.row : null;
}

function planOf(page: Page, { key, kind }: AppCommand, fields: Fields): LedgerPlan | AppOutcome {
  const had = page.told.get(key)?.ids ?? [];
  if (kind === 'archive' || kind === 'delete') {
    return { take: had, everywhere: kind === 'delete', put: null };
  }
  const encoded = page.ledger.encode(fields, page.now);
  if (encoded.kind === 'nobody') return { kind: 'rejected', reason: encoded.reason, path: null };
  const { row } = encoded;
  return { take: had.filter((id) => !row.ids.includes(id)), everywhere: false, put: row };
}
