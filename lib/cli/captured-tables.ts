/** What a configuration wants of the CRM's tables. */
import type { SyncConfig } from '../config/model.ts';
import type { GrantedTable } from '../crm/grants.ts';

export const capturedTables = (syncs: readonly SyncConfig[]): readonly GrantedTable[] =>
  syncs.map(({ table, key, columns, spec, modified }) => ({
    table,
    key,
    columns,
    inserts: spec.create.inCrm,
    deletes: spec.onAppDelete === 'delete',
    modified: modified?.column ?? null,
  }));
