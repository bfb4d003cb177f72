/**
 * Telling Meta: who leaves everything, who leaves this audience, then who enters. In this order, because a removal
 * takes out everybody who shares an identifier with its row: whoever enters comes after it.
 *   usersofanyaudience  https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 *   users               https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */
import type { Budget } from '../../ports/clock.ts';
import type { LedgerCommand, LedgerOutcome } from '../../ports/ledger.ts';
import type { Audience } from './audience.ts';
import type { Form } from './encode.ts';
import { rowsOf, TELLING_KEYS } from './identifiers.ts';
import { uploadRows, type Door, type Row, type Upload } from './upload.ts';

export interface PushTools {
  readonly audience: Audience;
  readonly form: Form;
  readonly sessionId: () => number;
  readonly searchCallsMax: number;
}

/** Rows of one command. */
interface Share {
  readonly command: LedgerCommand;
  readonly rows: readonly Row[];
}

export async function sendCommands(
  tools: PushTools,
  commands: readonly LedgerCommand[],
  budget: Budget,
): Promise<readonly LedgerOutcome[]> {
  const { audience, form, sessionId, searchCallsMax } = tools;
  const upload: Upload = { audience, budget, sessionId, search: { callsLeft: searchCallsMax } };
  const outcomes = new Map<LedgerCommand, LedgerOutcome>();
  const leaving = commands.map((command) => ({ command, rows: removalOf(command) }));
  const users = `/${audience.id}/users`;
  const everywhere = leaving.filter(({ command }) => command.everywhere);
  if (everywhere.some(({ rows }) => rows.length > 0)) {
    const account = await audience.account(budget);
    if (account.kind !== 'ok') return commands.map(() => account);
    const path = `/${account.value}/usersofanyaudience`;
    await run(
      upload,
      { method: 'DELETE', path, schema: TELLING_KEYS },
      { shares: everywhere, outcomes },
    );
  }
  const here = leaving.filter(({ command }) => !command.everywhere);
  await run(
    upload,
    { method: 'DELETE', path: users, schema: TELLING_KEYS },
    { shares: here, outcomes },
  );
  const entering = commands.flatMap((command) => {
    const isStopped = (outcomes.get(command)?.kind ?? 'applied') !== 'applied';
    return command.put === null || isStopped
      ? []
      : [{ command, rows: [{ cells: command.put.cells }] }];
  });
  await run(
    upload,
    { method: 'POST', path: users, schema: form.schema },
    { shares: entering, outcomes },
  );
  // Whoever gave up only what somebody else bears needs no call.
  return commands.map((command) => outcomes.get(command) ?? { kind: 'applied' });
}

const removalOf = ({ take }: LedgerCommand): readonly Row[] =>
  rowsOf(take).map((cells) => ({ cells: [...cells] }));

interface Batch {
  readonly shares: readonly Share[];
  readonly outcomes: Map<LedgerCommand, LedgerOutcome>;
}

async function run(upload: Upload, door: Door, { shares, outcomes }: Batch): Promise<void> {
  const rows = shares.flatMap((share) => share.rows);
  if (rows.length === 0) return;
  const stop = stopFor(outcomes);
  const fates = stop === null ? await uploadRows(upload, door, rows) : null;
  for (const share of shares) {
    const worst = share.rows
      .map((row) => fates?.get(row) ?? stop)
      .find((fate) => fate !== null && fate.kind !== 'applied');
    if (share.rows.length > 0) outcomes.set(share.command, worst ?? { kind: 'applied' });
  }
}

/** What stopped one door for everybody stops the next one as well. */
function stopFor(outcomes: ReadonlyMap<LedgerCommand, LedgerOutcome>): LedgerOutcome | null {
  const all = [...outcomes.values()];
  return (
    all.find(({ kind }) => kind === 'halted') ??
    all.find((fate) => fate.kind === 'retry' && fate.scope !== 'record') ??
    null
  );
}
