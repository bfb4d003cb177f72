/** What a configuration wants of the CRM's tables. */
import type { SyncConfig } from '../config/model.ts';
import type { ExaminedTable } from '../crm/examine-table.ts';

export const capturedTables = (syncs: readonly SyncConfig[]): readonly ExaminedTable[] =>
  syncs.map(({ table, key, columns, match, spec, modified }) => {
    const fields = spec.fields.filter(({ compute }) => compute === undefined);
    const written = fields.map(({ column }) => column);
    return {
      sync: spec.name,
      table,
      key,
      columns,
      match: match.column,
      fields,
      inserts: spec.create.inCrm,
      deletes: spec.onAppDelete === 'delete',
      modified,
      writes: spec.mark === null ? written : [...new Set([...written, spec.mark.column])],
    };
  });
