/** Keeping the change log small. */
import { isTimePosition, type CrmPosition } from '../ports/crm.ts';
import type { CrmConnection } from './connect.ts';
import { tableLabel, type TableName } from './identifiers.ts';
import { createSession } from './session.ts';
import { dropStaleClaims, type DroppedClaim } from './sql/drop-stale-claims.ts';
import { purgeLogBatch, type PurgeAnswer } from './sql/purge-log.ts';
import { runStatement } from './statement.ts';

export interface PurgeOptions {
  readonly table: TableName;
  /** Where syncs of this table will restart (`resumeFrom`), which may lie below what their reader claims. */
  readonly restarts: readonly CrmPosition[];
  /** Rows younger than this stay. @default one day */
  readonly keepMs?: number;
  /** Unread for longer than this, a sync gives up its claim. @default seven days */
  readonly staleMs?: number;
  /** Rows per transaction. @default 5000 */
  readonly batchRows?: number;
}

export interface PurgeReport {
  readonly purged: number;
  /** Syncs that gave up their claim. */
  readonly dropped: readonly string[];
}

const dayMs = 86_400_000;

export async function purgeLog(
  connection: CrmConnection,
  options: PurgeOptions,
): Promise<PurgeReport> {
  const session = createSession(connection, { statementTimeoutMs: 30_000, lockTimeoutMs: 1_000 });
  const table = tableLabel(options.table);
  // A sync that was read by timestamp until now begins the log anew.
  const restarts = options.restarts.flatMap((each) => (isTimePosition(each) ? [] : [each]));
  const { keepMs = dayMs, staleMs = 7 * dayMs, batchRows = 5_000 } = options;
  const stale = await session.write((client) =>
    runStatement<DroppedClaim>(client, dropStaleClaims(table, staleMs)),
  );
  let purged = 0;
  for (;;) {
    const statement = purgeLogBatch({ table, restarts, keepMs, batchRows });
    const [batch] = await session.write((client) => runStatement<PurgeAnswer>(client, statement));
    const taken = Number(batch?.purged ?? 0);
    purged += taken;
    if (taken < batchRows) return { purged, dropped: stale.map((row) => row.sync) };
  }
}
