/** One row judged for an app that shows nobody, against what the app was told. Pure. */
import type { SyncConfig } from '../config/model.ts';
import { judgeLedger, type Encoded, type LedgerVerdict } from '../engine/ledger.ts';
import type { CrmSide, RecordState } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { Ledger } from '../ports/ledger.ts';

interface Row {
  readonly state: RecordState;
  readonly crm: CrmSide;
  readonly again: boolean;
  readonly now: number;
}

export function judgeRow(sync: SyncConfig, ledger: Ledger, row: Row): LedgerVerdict {
  const encoded = encodeRow(sync, ledger, row);
  return judgeLedger({ ...row, spec: sync.spec, encoded });
}

/** What cannot be read is not told. */
function encodeRow(sync: SyncConfig, ledger: Ledger, { crm, now }: Row): Encoded {
  const values: Record<string, Value> = {};
  for (const { path, fingerprint } of sync.spec.fields)
    values[path] = crm.fields[fingerprint] ?? null;
  return ledger.encode(values, now);
}
