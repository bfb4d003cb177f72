/** Field and sync specifications for the laws: one field of every kind a sync can have. */
import { fieldFingerprint } from '../../lib/engine/fingerprint.ts';
import type { FieldSpec, SyncSpec } from '../../lib/engine/model.ts';
import { consent, email, tags, text } from '../../lib/engine/types/index.ts';

export function fieldOf(column: string, more: Partial<FieldSpec> = {}): FieldSpec {
  const type = more.type ?? text();
  return {
    column,
    path: column.toUpperCase(),
    type,
    owner: 'shared',
    onConflict: 'manual',
    role: 'plain',
    adoptEmpty: false,
    fingerprint: fieldFingerprint(column, column.toUpperCase(), type),
    ...more,
  };
}

export const MATCH = fieldOf('email', { type: email(), owner: 'crm', role: 'match' });
export const STATUS = fieldOf('status', { type: consent(), owner: 'app', role: 'consent' });
export const LABELS = fieldOf('labels', { type: tags(), role: 'set', onConflict: 'union' });
export const CRM_OWNED = fieldOf('name', { owner: 'crm' });
export const APP_OWNED = fieldOf('language', { owner: 'app' });
export const SHARED_CRM = fieldOf('city', { onConflict: 'crm' });
export const SHARED_APP = fieldOf('street', { onConflict: 'app' });
export const SHARED_NEWEST = fieldOf('phone', { onConflict: 'newest' });
export const SHARED_MANUAL = fieldOf('note', { onConflict: 'manual' });

export const EVERY_FIELD: readonly FieldSpec[] = [
  MATCH,
  STATUS,
  LABELS,
  CRM_OWNED,
  APP_OWNED,
  SHARED_CRM,
  SHARED_APP,
  SHARED_NEWEST,
  SHARED_MANUAL,
];

export function syncOf(
  fields: readonly FieldSpec[] = EVERY_FIELD,
  more: Partial<SyncSpec> = {},
): SyncSpec {
  return {
    name: 'contacts-news',
    fields,
    create: { inApp: true, inCrm: true },
    onCrmDelete: 'archive',
    onAppDelete: 'leave',
    mark: null,
    ...more,
  };
}
