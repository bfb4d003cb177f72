/** Raw to parsed, at the edge and once: a CRM row or an app's answer becomes one side of the merge. Pure. */
import type { SyncConfig } from '../config/model.ts';
import type { AppSide, CrmSide, FieldSpec, Shadow, SyncSpec } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';
import { askFilter, computeValue, rowForFunctions, type Raw } from './user-functions.ts';

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
  const shown = rowForFunctions(raws);
  const parsed = parseFields(
    sync.spec.fields,
    (field) =>
      field.compute === undefined
        ? givenRaw(raws[field.column])
        : computeValue(field.compute, shown),
    (field) => agreed?.pairs[field.fingerprint]?.c,
  );
  return {
    ...standingOf(sync, shown),
    ...parsed,
    changedAt,
    optInAt: sync.optInColumn === null ? null : timeOf(raws[sync.optInColumn]),
  };
}

/** Neither is right for a row the filter fails on: included it would make a person, excluded take one away. */
function standingOf(
  { include }: SyncConfig,
  row: Readonly<Record<string, Json>>,
): Pick<CrmSide, 'existence' | 'undecided'> {
  const answer = askFilter(include, row);
  if (answer.ok) return { existence: answer.isIncluded ? 'present' : 'excluded' };
  return { existence: 'excluded', undecided: answer.reason };
}

export function appSide(
  spec: SyncSpec,
  observation: AppObservation,
  agreed: Shadow | null = null,
): AppSide {
  const parsed = parseFields(
    spec.fields,
    (field) => givenRaw(observation.raw[field.path]),
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
  rawOf: (field: FieldSpec) => Raw | undefined,
  agreedOf: (field: FieldSpec) => Value | undefined,
): { fields: Record<string, Value>; broken: Record<string, string> } {
  const values: Record<string, Value> = {};
  const broken: Record<string, string> = {};
  for (const field of fields) {
    const raw = rawOf(field);
    if (raw === undefined) continue;
    const agreed = agreedOf(field);
    // Parsing gives what was parsed before as it is: a law of field types. Most values are, and most cost.
    if (raw.ok && agreed !== undefined && isSame(raw.raw, agreed)) {
      values[field.fingerprint] = agreed;
      continue;
    }
    const parsed = raw.ok ? field.type.parse(raw.raw) : raw;
    if (parsed.ok) values[field.fingerprint] = parsed.value;
    else broken[field.fingerprint] = parsed.reason;
  }
  return { fields: values, broken };
}

const givenRaw = (raw: Json | undefined): Raw | undefined =>
  raw === undefined ? undefined : { ok: true, raw };

function isSame(raw: Json, agreed: Value): boolean {
  if (raw === agreed) return true;
  if (!Array.isArray(raw) || !Array.isArray(agreed) || raw.length !== agreed.length) return false;
  return raw.every((item, index) => item === agreed[index]);
}

function timeOf(raw: Json | undefined): number | null {
  const time = typeof raw === 'string' ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
