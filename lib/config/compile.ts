/** From what a user writes about a sync to what everything else reads. Pure; the checks are elsewhere. */
import { fieldFingerprint } from '../engine/fingerprint.ts';
import type { FieldRole, FieldSpec } from '../engine/model.ts';
import type { FieldType, Json } from '../engine/value.ts';
import type { Capabilities } from '../ports/app.ts';
import { compileBrakes } from './brakes.ts';
import { digestFunctions } from './digest-functions.ts';
import type { AppConfig, Capture, SyncConfig } from './model.ts';
import { compileModified } from './modified.ts';
import { compileSweep } from './sweep.ts';
import type { ParsedComputed, ParsedField, ParsedSync } from './schema.ts';
import { parseTableName } from './table-name.ts';

export function compileSync(
  sync: ParsedSync,
  {
    capture = 'log',
    app,
  }: { readonly capture?: Capture; readonly app?: AppConfig | undefined } = {},
): SyncConfig {
  const usual = usualFor(app);
  const table = parseTableName(sync.table);
  const [matchColumn = '', matchPath = ''] = Object.entries(sync.match)[0] ?? [];
  const mapped = Object.entries(sync.fields).map(([column, field]) =>
    compileField(column, field, {
      isMatch: column === matchColumn,
      isReadOnly: app?.rules.readOnlyFields?.includes(field.app) ?? false,
    }),
  );
  const computed = Object.entries(sync.computed ?? {});
  const [markEntry] = Object.entries(sync.mark ?? {});
  const create = sync.create ?? usual.create;
  const modified =
    capture === 'timestamp' && sync.modified !== undefined ? compileModified(sync.modified) : null;
  return {
    spec: {
      name: nameOf(sync),
      fields: [...mapped, ...computed.map(([name, field]) => compileComputed(name, field))],
      create: {
        inApp: create === 'both' || create === 'app',
        inCrm: create === 'both' || create === 'crm',
      },
      onCrmDelete: sync.onCrmDelete ?? 'archive',
      onAppDelete: sync.onAppDelete ?? 'leave',
      mark: markEntry === undefined ? null : { column: markEntry[0], value: markEntry[1] },
    },
    table,
    key: typeof sync.key === 'string' ? [sync.key] : sync.key,
    match: { column: matchColumn, path: matchPath },
    include: sync.include ?? (() => true),
    columns: columnsRead(sync, mapped),
    optInColumn: optInColumn(mapped),
    modified,
    sweepEveryMs: compileSweep(sync.sweep, modified),
    app: sync.app,
    lanes: sync.lanes ?? usual.lanes,
    scheduleMinutes: sync.everyMinutes ?? usual.everyMinutes,
    write: sync.write ?? true,
    brakes: compileBrakes(sync.brakes),
    // Without computed fields the digest is that of earlier releases: a new release is not another map.
    functions: digestFunctions([sync.include, ...computed.map(([, { from }]) => from)]),
  };
}

const USUAL = {
  time: { create: 'both', lanes: 4, everyMinutes: 1 },
  /** Calls are rationed, not connections: one lane uses them up, and more would only wait for each other. */
  listing: { create: 'both', lanes: 1, everyMinutes: 1 },
  /** Nobody is shown, so nothing comes back; it is told in full calls by one lane, for which changes gather. */
  none: { create: 'app', lanes: 1, everyMinutes: 5 },
} as const satisfies Record<Capabilities['delta'], object>;

const usualFor = (app: AppConfig | undefined) => USUAL[app?.capabilities.delta ?? 'time'];

export function nameOf({ name, table, app }: Pick<ParsedSync, 'name' | 'table' | 'app'>): string {
  return name ?? `${parseTableName(table).name}-${app}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}

interface Standing {
  readonly isMatch: boolean;
  readonly isReadOnly: boolean;
}

/** Types whose changes follow the consent rules. */
export const isOfConsent = ({ name }: Pick<FieldType, 'name'>): boolean =>
  name === 'consent' || name === 'optOut';

function compileField(
  column: string,
  field: ParsedField,
  { isMatch, isReadOnly }: Standing,
): FieldSpec {
  const role: FieldRole = isMatch
    ? 'match'
    : isOfConsent(field.type)
      ? 'consent'
      : plainRole(field);
  return {
    column,
    path: field.app,
    type: field.type,
    owner: field.owner,
    onConflict: field.onConflict ?? (role === 'set' ? 'union' : 'manual'),
    role,
    adoptEmpty: field.adoptEmpty ?? false,
    fingerprint: fieldFingerprint(column, field.app, field.type, field.pii),
    ...(isReadOnly ? { isReadOnly } : {}),
    ...(field.pii === undefined ? {} : { pii: field.pii }),
  };
}

const compileComputed = (name: string, field: ParsedComputed): FieldSpec => ({
  column: name,
  path: field.app,
  type: field.type,
  owner: 'crm',
  onConflict: 'crm',
  role: plainRole(field),
  adoptEmpty: field.adoptEmpty ?? false,
  fingerprint: fieldFingerprint(name, field.app, field.type),
  compute: field.from,
});

const plainRole = ({ type }: Pick<ParsedField, 'type'>): FieldRole =>
  type.name === 'tags' ? 'set' : 'plain';

/** Every column a change of which is a change of the record. */
function columnsRead(sync: ParsedSync, mapped: readonly FieldSpec[]): readonly string[] {
  const optIn = optInColumn(mapped);
  const all = [
    ...mapped.map(({ column }) => column),
    ...Object.keys(sync.mark ?? {}),
    ...(sync.reads ?? []),
    ...Object.values(sync.computed ?? {}).flatMap(({ reads }) => reads ?? []),
    ...(optIn === null ? [] : [optIn]),
  ];
  return [...new Set(all)];
}

/** Proof of a grant by the CRM: of the one field of consent that it owns. */
function optInColumn(fields: readonly FieldSpec[]): string | null {
  const [column] = fields.flatMap(({ role, type }) => {
    const options = type.options as { readonly [key: string]: Json };
    const named = role === 'consent' ? options['optInAt'] : undefined;
    return typeof named === 'string' ? [named] : [];
  });
  return column ?? null;
}
