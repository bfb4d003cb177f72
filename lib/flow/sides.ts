/** Raw to parsed, at the edge and once: a CRM row or an app's answer becomes one side of the merge. Pure. */
import type { SyncConfig } from '../config/model.ts';
import type { AppSide, CrmSide, FieldSpec, SyncSpec } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';
import { askFilter, computeValue, rowForFunctions, type Raw } from './user-functions.ts';

export function crmSide(
  sync: SyncConfig,
  row: CrmRow | undefined,
  changedAt: number | null,
): CrmSide {
  if (row === undefined) {
    return { existence: 'absent', fields: {}, broken: {}, changedAt, optInAt: null };
  }
  const raws = Object.fromEntries(
    Object.entries(row.columns).map(([column, raw]) => [column, raw.json]),
  );
  const shown = rowForFunctions(raws);
  const parsed = parseFields(sync.spec.fields, (field) => {
    if (field.compute !== undefined) return computeValue(field.compute, shown);
    const raw = raws[field.column];
    return raw === undefined ? undefined : { ok: true, raw };
  });
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

export function appSide(spec: SyncSpec, observation: AppObservation): AppSide {
  const parsed = parseFields(spec.fields, ({ path }) => {
    const raw = observation.raw[path];
    return raw === undefined ? undefined : { ok: true, raw };
  });
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
): { fields: Record<string, Value>; broken: Record<string, string> } {
  const values: Record<string, Value> = {};
  const broken: Record<string, string> = {};
  for (const field of fields) {
    const raw = rawOf(field);
    if (raw === undefined) continue;
    const parsed = raw.ok ? field.type.parse(raw.raw) : raw;
    if (parsed.ok) values[field.fingerprint] = parsed.value;
    else broken[field.fingerprint] = parsed.reason;
  }
  return { fields: values, broken };
}

function timeOf(raw: Json | undefined): number | null {
  const time = typeof raw === 'string' ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
