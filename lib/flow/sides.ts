/** Raw to parsed, at the edge and once: a CRM row or an app's answer becomes one side of the merge. Pure. */
import type { SyncConfig } from '../config/model.ts';
import type { AppSide, CrmSide, FieldSpec, Shadow, SyncSpec } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';

/** `agreed` is what the record's shadow holds: a value that is still as it was then need not be read anew. */
export function crmSide(
  sync: SyncConfig,
  row: CrmRow | undefined,
  changedAt: number | null,
  agreed: Shadow | null = null,
): CrmSide {
  if (row === undefined) {
    return { existence: 'absent', fields: {}, broken: {}, changedAt, optInAt: null };
  }
  const raws: Record<string, Json> = {};
  for (const column of Object.keys(row.columns)) raws[column] = row.columns[column]?.json ?? null;
  const parsed = parseFields(
    sync.spec.fields,
    (field) => raws[field.column],
    (field) => agreed?.pairs[field.fingerprint]?.c,
  );
  return {
    existence: sync.include(raws) ? 'present' : 'excluded',
    ...parsed,
    changedAt,
    optInAt: sync.optInColumn === null ? null : timeOf(raws[sync.optInColumn]),
  };
}

export function appSide(
  spec: SyncSpec,
  observation: AppObservation,
  agreed: Shadow | null = null,
): AppSide {
  const parsed = parseFields(
    spec.fields,
    (field) => observation.raw[field.path],
    (field) => agreed?.pairs[field.fingerprint]?.r,
  );
  return {
    existence: observation.existence,
    ...parsed,
    changedAt: observation.version,
    optInAt: observation.optInAt,
  };
}

function parseFields(
  fields: readonly FieldSpec[],
  rawOf: (field: FieldSpec) => Json | undefined,
  agreedOf: (field: FieldSpec) => Value | undefined,
): { fields: Record<string, Value>; broken: Record<string, string> } {
  const values: Record<string, Value> = {};
  const broken: Record<string, string> = {};
  for (const field of fields) {
    const raw = rawOf(field);
    if (raw === undefined) continue;
    const agreed = agreedOf(field);
    // Parsing gives what was parsed before as it is: a law of field types. Most values are, and most cost.
    if (agreed !== undefined && isSame(raw, agreed)) {
      values[field.fingerprint] = agreed;
      continue;
    }
    const parsed = field.type.parse(raw);
    if (parsed.ok) values[field.fingerprint] = parsed.value;
    else broken[field.fingerprint] = parsed.reason;
  }
  return { fields: values, broken };
}

function isSame(raw: Json, agreed: Value): boolean {
  if (raw === agreed) return true;
  if (!Array.isArray(raw) || !Array.isArray(agreed) || raw.length !== agreed.length) return false;
  return raw.every((item, index) => item === agreed[index]);
}

function timeOf(raw: Json | undefined): number | null {
  const time = typeof raw === 'string' ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
