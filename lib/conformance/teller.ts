/**
 * An app that shows nobody, told as the flow tells it: commands become rows of its ledger, and what it was told is
 * remembered beside it, as the shadow does. So the clauses say the same to every app.
 */
import type { CrmKey } from '../engine/model.ts';
import type { AppCommand, AppOutcome, AppReplica } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Ledger, LedgerCommand } from '../ports/ledger.ts';
import type { Fields, Stage } from './harness.ts';

/** What the app may hold of one record. */
interface Told {
  readonly fields: Fields;
  readonly ids: readonly string[];
}

/** A stage whose connectors take commands. What was told outlives every process of it. */
export function withTeller(stage: Stage): Stage {
  const told = new Map<CrmKey, Told>();
  return {
    ...stage,
    connect: (options) => {
      const replica = stage.connect(options);
      const { ledger } = replica;
      if (ledger === undefined) return replica;
      const push: AppReplica['push'] = (commands, budget) =>
        tell({ ledger, told, now: stage.now() }, commands, budget);
      return { ...replica, push };
    },
  };
}

interface Telling {
  readonly ledger: Ledger;
  readonly told: Map<CrmKey, Told>;
  readonly now: number;
}

async function tell(
  telling: Telling,
  commands: readonly AppCommand[],
  budget: Budget,
): Promise<readonly AppOutcome[]> {
  const outcomes = new Map<AppCommand, AppOutcome>();
  const rows = commands.flatMap((command) => {
    const row = toRow(telling, command);
    if (!('kind' in row)) return [{ command, row }];
    outcomes.set(command, row);
    return [];
  });
  const { told, ledger } = telling;
  for (const { command, row } of rows) {
    const before = told.get(command.key);
    // Before it is sent: whatever it may come to hold.
    const ids = [...new Set([...(before?.ids ?? []), ...(row.put?.ids ?? [])])];
    told.set(command.key, { fields: fieldsAfter(telling, command), ids });
  }
  const sent = await ledger.send(
    rows.map(({ row }) => row),
    budget,
  );
  if (sent.length !== rows.length) {
    throw new Error(`${sent.length} outcomes came for ${rows.length} rows`);
  }
  for (const [n, { command, row }] of rows.entries()) {
    const outcome = sent[n];
    if (outcome === undefined) continue;
    outcomes.set(
      command,
      outcome.kind === 'applied'
        ? { kind: 'applied', observed: null, beganAt: telling.now }
        : outcome,
    );
    if (outcome.kind !== 'applied') continue;
    const { fields } = told.get(command.key) ?? { fields: {} };
    told.set(command.key, { fields, ids: row.put?.ids ?? [] });
  }
  return commands.map((command) => outcomes.get(command) ?? { kind: 'gone', reason: 'not told' });
}

function fieldsAfter({ told }: Telling, command: AppCommand): Fields {
  const before = told.get(command.key)?.fields ?? {};
  if (command.kind === 'rename') return { ...before, [command.path]: command.to };
  return 'fields' in command ? { ...before, ...command.fields } : before;
}

function toRow(telling: Telling, command: AppCommand): LedgerCommand | AppOutcome {
  const { told, ledger, now } = telling;
  const { key, kind } = command;
  const had = told.get(key)?.ids ?? [];
  if (kind === 'archive' || kind === 'delete') {
    return { key, take: had, everywhere: kind === 'delete', put: null };
  }
  const encoded = ledger.encode(fieldsAfter(telling, command), now);
  if (encoded.kind === 'nobody') return { kind: 'rejected', reason: encoded.reason, path: null };
  const { row } = encoded;
  return { key, take: had.filter((id) => !row.ids.includes(id)), everywhere: false, put: row };
}
