/** From a verdict to the commands each end understands. Pure. */
import { findMatchField } from '../engine/match-field.ts';
import type { SyncConfig } from '../config/model.ts';
import type { Verdict } from '../engine/judge.ts';
import type { AppSide, FieldRole, FieldSpec, RecordState, RemoteId } from '../engine/model.ts';
import { isKept } from '../engine/kept-digest.ts';
import { setDifference, tagsOf } from '../engine/types/tags.ts';
import type { Value } from '../engine/value.ts';
import type { AgreedValues, AppCommand } from '../ports/app.ts';
import type { CrmCommand, CrmRow } from '../ports/crm.ts';

/** A command to the app and the fields whose fate hangs on its outcome. */
export interface PlannedAppCommand {
  readonly command: AppCommand;
  readonly fields: readonly FieldSpec[];
}

export function planCrm(
  sync: SyncConfig,
  verdict: Verdict,
  row: CrmRow | undefined,
): CrmCommand | null {
  const { key } = verdict.state;
  const set = byColumn(sync.spec.fields, verdict.toCrm);
  switch (verdict.action) {
    case 'merge':
      if (Object.keys(set).length === 0) return null;
      return { kind: 'update', key, set, expect: textsOf(row, Object.keys(set)) };
    case 'create-crm': {
      const match = set[sync.match.column];
      const unlessMatch =
        typeof match === 'string' ? { column: sync.match.column, value: match } : null;
      return { kind: 'insert', key, set, unlessMatch };
    }
    case 'mark-crm': {
      const { mark } = sync.spec;
      return mark === null
        ? null
        : { kind: 'update', key, set: { [mark.column]: mark.value }, expect: {} };
    }
    case 'delete-crm': {
      const columns = sync.spec.fields.flatMap(({ column, compute }) =>
        compute === undefined ? [column] : [],
      );
      return { kind: 'delete', key, expect: textsOf(row, columns) };
    }
    case 'create-app':
    case 'revive-app':
    case 'archive-app':
    case 'delete-app':
    case 'settle':
      return null;
  }
}

/** `archives`: the app can put a record away and take it out again. @default true */
export function planApp(
  sync: SyncConfig,
  verdict: Verdict,
  app: AppSide | null,
  archives = true,
): readonly PlannedAppCommand[] {
  const { key, remoteId } = verdict.state;
  const { fields } = sync.spec;
  switch (verdict.action) {
    case 'create-app':
      return [{ command: { kind: 'create', key, fields: byPath(fields, verdict.toApp) }, fields }];
    case 'revive-app':
      return withId(remoteId, (id) => {
        // What the record was edited to while it was away is merged once it is back.
        const vital = fields.filter(({ role }) => role === 'match' || role === 'consent');
        const values = byPath(vital, verdict.toApp);
        return [{ command: { kind: 'revive', key, remoteId: id, fields: values }, fields: vital }];
      });
    case 'archive-app':
      return withId(remoteId, (id) => [
        { command: { kind: archives ? 'archive' : 'delete', key, remoteId: id }, fields: [] },
      ]);
    case 'delete-app':
      return withId(remoteId, (id) => [
        { command: { kind: 'delete', key, remoteId: id }, fields: [] },
      ]);
    case 'merge':
      if (Object.keys(verdict.toApp).length === 0) return [];
      return withId(remoteId, (id) => planFields(fields, verdict, id, app));
    case 'create-crm':
    case 'delete-crm':
    case 'mark-crm':
    case 'settle':
      return [];
  }
}

/** A write that names the app's record, which a create does not. */
export function needsId({ action, toApp }: Verdict): boolean {
  if (action === 'merge') return Object.keys(toApp).length > 0;
  return action === 'revive-app' || action === 'archive-app' || action === 'delete-app';
}

/** Consent first, for it is what a person asked for; then the rename, so that the rest finds the record. */
function planFields(
  fields: readonly FieldSpec[],
  verdict: Verdict,
  remoteId: RemoteId,
  app: AppSide | null,
): PlannedAppCommand[] {
  const { state, toApp } = verdict;
  const { key } = state;
  const written = fields.filter((field) => toApp[field.fingerprint] !== undefined);
  const ofRole = (role: FieldRole): FieldSpec[] => written.filter((field) => field.role === role);
  const plain = ofRole('plain');
  const agreed = agreedValues(fields, state);
  const planned: PlannedAppCommand[] = [];
  for (const field of ofRole('consent')) {
    const to = toApp[field.fingerprint] as string | boolean;
    planned.push({
      command: { kind: 'consent', key, remoteId, path: field.path, to },
      fields: [field],
    });
  }
  for (const field of ofRole('match')) {
    const to = toApp[field.fingerprint];
    if (typeof to !== 'string') continue;
    planned.push({
      command: { kind: 'rename', key, remoteId, path: field.path, to, agreed },
      fields: [field],
    });
  }
  for (const field of ofRole('set')) {
    const shown =
      app?.fields[field.fingerprint] ?? state.shadow?.pairs[field.fingerprint]?.r ?? null;
    const { add, remove } = setDifference(tagsOf(shown), tagsOf(toApp[field.fingerprint] ?? null));
    planned.push({
      command: { kind: 'tags', key, remoteId, path: field.path, add, remove },
      fields: [field],
    });
  }
  if (plain.length > 0) {
    const bulk =
      plain.every((field) => field.owner === 'crm') &&
      ofRole('match').length === 0 &&
      !verdict.needsIntent;
    const match = matchShown(fields, state, app);
    planned.push({
      command: { kind: 'update', key, remoteId, match, fields: byPath(plain, toApp), agreed, bulk },
      fields: plain,
    });
  }
  return planned;
}

function agreedValues(fields: readonly FieldSpec[], { shadow }: RecordState): AgreedValues {
  const entries = fields.flatMap(({ path, fingerprint }) => {
    const pair = shadow?.pairs[fingerprint];
    // Of a digest no connector could tell anything.
    return pair === undefined || isKept(pair.r) ? [] : [[path, pair.r] as const];
  });
  return Object.fromEntries(entries);
}

/** The match value the app shows (r), never the CRM's: a bulk call addressed by the CRM's would hit another person. */
export function matchShown(
  fields: readonly FieldSpec[],
  state: RecordState,
  app: AppSide | null,
): string | null {
  const field = findMatchField(fields);
  if (field === undefined) return null;
  const shown = app?.fields[field.fingerprint] ?? state.shadow?.pairs[field.fingerprint]?.r;
  return typeof shown === 'string' ? shown : null;
}

function withId(
  remoteId: RemoteId | null,
  plan: (id: RemoteId) => readonly PlannedAppCommand[],
): readonly PlannedAppCommand[] {
  if (remoteId === null)
    throw new Error('a write to the app was judged for a record without a remote id');
  return plan(remoteId);
}

function byPath(
  fields: readonly FieldSpec[],
  values: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return pick(fields, values, (field) => field.path);
}

function byColumn(
  fields: readonly FieldSpec[],
  values: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return pick(fields, values, (field) => field.column);
}

function pick(
  fields: readonly FieldSpec[],
  values: Readonly<Record<string, Value>>,
  nameOf: (field: FieldSpec) => string,
): Record<string, Value> {
  const picked: Record<string, Value> = {};
  for (const field of fields) {
    const value = values[field.fingerprint];
    if (value !== undefined) picked[nameOf(field)] = value;
  }
  return picked;
}

function textsOf(
  row: CrmRow | undefined,
  columns: readonly string[],
): Record<string, string | null> {
  return Object.fromEntries(columns.map((column) => [column, row?.columns[column]?.text ?? null]));
}
