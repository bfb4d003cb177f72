/**
 * `defineTrivet()`: what a user writes, checked and compiled into what everything else reads. All
 * problems are reported at once, each with its key path and the remedy.
 */
import * as z from 'zod';
import { fieldFingerprint } from '../engine/fingerprint.ts';
import type {
  FieldRole,
  FieldSpec,
  OnAppDelete,
  OnCrmDelete,
  Owner,
  Policy,
} from '../engine/model.ts';
import type { FieldType, Json } from '../engine/value.ts';
import { brakesShape, compileBrakes, type BrakesInput } from './brakes.ts';
import { digestFunctions } from './digest-functions.ts';
import {
  processesOf,
  type AppConfig,
  type CrmConfig,
  type IncludeRow,
  type SyncConfig,
  type TrivetConfig,
} from './model.ts';

export interface FieldInput {
  /** The app's path, e.g. `merge_fields.FNAME`. */
  readonly app: string;
  readonly type: FieldType;
  readonly owner: Owner;
  /** What settles an edit at both ends of a shared field. @default 'manual' ('union' for tags) */
  readonly onConflict?: Policy;
  /** At first meeting an empty value of the owner erases the other end's. @default false */
  readonly adoptEmpty?: boolean;
}

export interface SyncInput {
  /** @default `<table>-<app>` */
  readonly name?: string;
  /** `contacts`, or `crm.contacts` in another schema. */
  readonly table: string;
  readonly key: string | readonly string[];
  readonly app: string;
  /** The column and the app's path that name a person, unique on both sides. */
  readonly match: Readonly<Record<string, string>>;
  /** Rows this app shall have. @default all */
  readonly include?: IncludeRow;
  /** Columns `include` reads besides the mapped ones. */
  readonly reads?: readonly string[];
  readonly fields: Readonly<Record<string, FieldInput>>;
  /** Where records without a partner are made. @default 'both' */
  readonly create?: 'both' | 'app' | 'crm' | 'none';
  /** @default 'archive' */
  readonly onCrmDelete?: OnCrmDelete;
  /** @default 'leave' */
  readonly onAppDelete?: OnAppDelete;
  /** What `onAppDelete: 'mark'` writes: `{ email_status: 'archived' }`. */
  readonly mark?: Readonly<Record<string, string>>;
  /** Fixed when the sync is first deployed. @default 4 */
  readonly lanes?: number;
  /** How often EventBridge rings, minutes. @default 1 */
  readonly everyMinutes?: number;
  /** False: it reads and judges, and writes nothing to either end; `trivet status` shows what it would do. @default true */
  readonly write?: boolean;
  /** How much may be done at once before a person is asked. @default ten people taken away in a run, none in the sandbox */
  readonly brakes?: BrakesInput;
}

export interface TrivetInput {
  readonly crm: CrmConfig;
  readonly apps: Readonly<Record<string, AppConfig>>;
  readonly syncs: readonly SyncInput[];
  /** Days a decision stays in history. @default 90 */
  readonly historyDays?: number;
}

const SYNC_NAME = /^[a-z][a-z0-9-]{0,40}$/;

const shape = z.object({
  crm: z.object({ secret: z.string().min(1), capture: z.literal('log') }),
  apps: z.record(
    z.string().regex(/^[a-z][a-z0-9]{0,20}$/, 'must be a-z and 0-9, at most 21'),
    z.object({ kind: z.string() }),
  ),
  syncs: z
    .array(
      z.object({
        table: z.string().min(1),
        key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
        app: z.string().min(1),
        match: z.record(z.string(), z.string()),
        fields: z.record(
          z.string(),
          z.object({
            app: z.string().min(1),
            type: z.object({ name: z.string() }, 'must be a field type such as text() or email()'),
            owner: z.enum(['crm', 'app', 'shared']),
            onConflict: z.enum(['crm', 'app', 'newest', 'union', 'manual']).optional(),
          }),
        ),
        create: z.enum(['both', 'app', 'crm', 'none']).optional(),
        onCrmDelete: z.enum(['archive', 'delete', 'leave']).optional(),
        onAppDelete: z.enum(['mark', 'delete', 'recreate', 'leave']).optional(),
        lanes: z.int().min(1).max(6).optional(),
        everyMinutes: z.int().min(1).max(1440).optional(),
        write: z.boolean().optional(),
        brakes: brakesShape.optional(),
      }),
    )
    .min(1, 'must name at least one sync'),
  historyDays: z.int().min(1).max(3650).optional(),
});

/** Throws one error that lists everything that is wrong. */
export function defineTrivet(input: TrivetInput): TrivetConfig {
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(issueLine));
  const syncs = input.syncs.map((sync) => compileSync(sync));
  const problems = [
    ...input.syncs.flatMap((sync, index) => syncProblems(input, sync, index)),
    ...clashes(syncs),
    ...crowds(input.apps, syncs),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return { crm: input.crm, apps: input.apps, syncs, historyDays: input.historyDays ?? 90 };
}

export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const issueLine = (issue: z.core.$ZodIssue): string => `${issue.path.join('.')}: ${issue.message}`;

export function compileSync(sync: SyncInput): SyncConfig {
  const [schema, table] = splitTable(sync.table);
  const [matchColumn = '', matchPath = ''] = Object.entries(sync.match)[0] ?? [];
  const fields = Object.entries(sync.fields).map(([column, field]) =>
    compileField(column, field, column === matchColumn),
  );
  const [markEntry] = Object.entries(sync.mark ?? {});
  const create = sync.create ?? 'both';
  return {
    spec: {
      name: sync.name ?? `${table}-${sync.app}`.toLowerCase().replace(/[^a-z0-9-]/g, '-'),
      fields,
      create: {
        inApp: create === 'both' || create === 'app',
        inCrm: create === 'both' || create === 'crm',
      },
      onCrmDelete: sync.onCrmDelete ?? 'archive',
      onAppDelete: sync.onAppDelete ?? 'leave',
      mark: markEntry === undefined ? null : { column: markEntry[0], value: markEntry[1] },
    },
    table: { schema, name: table },
    key: typeof sync.key === 'string' ? [sync.key] : sync.key,
    match: { column: matchColumn, path: matchPath },
    include: sync.include ?? (() => true),
    columns: columnsRead(sync, fields),
    optInColumn: optInColumn(fields),
    app: sync.app,
    lanes: sync.lanes ?? 4,
    scheduleMinutes: sync.everyMinutes ?? 1,
    write: sync.write ?? true,
    brakes: compileBrakes(sync.brakes),
    functions: digestFunctions([sync.include]),
  };
}

function compileField(column: string, field: FieldInput, isMatch: boolean): FieldSpec {
  const role: FieldRole = isMatch
    ? 'match'
    : field.type.name === 'consent'
      ? 'consent'
      : field.type.name === 'tags'
        ? 'set'
        : 'plain';
  return {
    column,
    path: field.app,
    type: field.type,
    owner: field.owner,
    onConflict: field.onConflict ?? (role === 'set' ? 'union' : 'manual'),
    role,
    adoptEmpty: field.adoptEmpty ?? false,
    fingerprint: fieldFingerprint(column, field.app, field.type),
  };
}

/** Every column a change of which is a change of the record. */
function columnsRead(sync: SyncInput, fields: readonly FieldSpec[]): readonly string[] {
  const optIn = optInColumn(fields);
  const all = [
    ...fields.map(({ column }) => column),
    ...Object.keys(sync.mark ?? {}),
    ...(sync.reads ?? []),
    ...(optIn === null ? [] : [optIn]),
  ];
  return [...new Set(all)];
}

function optInColumn(fields: readonly FieldSpec[]): string | null {
  const options = fields.find(({ role }) => role === 'consent')?.type.options as
    | { readonly [key: string]: Json }
    | undefined;
  const column = options?.['optInAt'];
  return typeof column === 'string' ? column : null;
}

/** `contacts`, or `crm.contacts` in another schema. */
export function splitTable(table: string): [schema: string, name: string] {
  const dot = table.indexOf('.');
  return dot < 0 ? ['public', table] : [table.slice(0, dot), table.slice(dot + 1)];
}

function syncProblems(input: TrivetInput, sync: SyncInput, index: number): string[] {
  const at = `syncs.${index}`;
  const problems: string[] = [];
  const app = input.apps[sync.app];
  const name = compileSync(sync).spec.name;
  if (app === undefined) {
    problems.push(
      `${at}.app: there is no app “${sync.app}”; apps: ${Object.keys(input.apps).join(', ') || 'none'}`,
    );
  }
  if (!SYNC_NAME.test(name)) {
    problems.push(
      `${at}.name: “${name}” must be a-z, 0-9 and -, at most 41, beginning with a letter`,
    );
  }
  const matches = Object.entries(sync.match);
  const [column, path] = matches[0] ?? [];
  if (matches.length !== 1 || column === undefined) {
    problems.push(`${at}.match: name exactly one column, e.g. { email: 'email_address' }`);
  } else if (sync.fields[column]?.app !== path) {
    problems.push(
      `${at}.match: fields.${column} must exist and map to “${path}”, so that renames can travel`,
    );
  }
  if (sync.onAppDelete === 'mark' && Object.keys(sync.mark ?? {}).length !== 1) {
    problems.push(
      `${at}.mark: onAppDelete “mark” needs one column and its value, e.g. { email_status: 'archived' }`,
    );
  }
  return [...problems, ...fieldProblems(sync, app, at)];
}

function fieldProblems(sync: SyncInput, app: AppConfig | undefined, at: string): string[] {
  const problems: string[] = [];
  const pathsSeen = new Map<string, string>();
  for (const [column, field] of Object.entries(sync.fields)) {
    const here = `${at}.fields.${column}`;
    const other = pathsSeen.get(field.app);
    if (other !== undefined)
      problems.push(`${here}.app: “${field.app}” is mapped by ${other} already`);
    pathsSeen.set(field.app, column);
    if (field.onConflict === 'newest' && app !== undefined && !app.capabilities.versions) {
      problems.push(
        `${here}.onConflict: “newest” needs an app that says when a record changed; choose another policy`,
      );
    }
    if (field.onConflict === 'union' && field.type.name !== 'tags') {
      problems.push(`${here}.onConflict: “union” is for tags(); choose another policy`);
    }
    if (field.type.name === 'consent' && field.owner === 'shared') {
      problems.push(`${here}.owner: consent has one owner, crm or app: the end that may grant it`);
    }
  }
  return problems;
}

/** One app object has one sync, and a column at most one owning app: two would put their values back for ever. */
function clashes(syncs: readonly SyncConfig[]): string[] {
  const problems: string[] = [];
  const byApp = new Map<string, string>();
  const owners = new Map<string, string>();
  const names = new Set<string>();
  for (const { spec, app, table } of syncs) {
    if (names.has(spec.name))
      problems.push(`syncs: two are called “${spec.name}”; give one a name`);
    names.add(spec.name);
    const other = byApp.get(app);
    if (other !== undefined)
      problems.push(
        `syncs: ${other} and ${spec.name} both write the app “${app}”; one object has one sync`,
      );
    byApp.set(app, spec.name);
    for (const { column, owner } of spec.fields) {
      if (owner !== 'app') continue;
      const place = `${table.schema}.${table.name}.${column}`;
      const first = owners.get(place);
      if (first !== undefined)
        problems.push(`syncs: ${first} and ${spec.name} both own ${place}; at most one app may`);
      owners.set(place, spec.name);
    }
  }
  return problems;
}

/** With more processes than connections even one call each is refused, and the vendor may end all access. */
function crowds(apps: TrivetInput['apps'], syncs: readonly SyncConfig[]): string[] {
  const seen = new Set<string>();
  return Object.values(apps).flatMap((app) => {
    const credential = `${app.kind}/${app.secret}`;
    const processes = processesOf({ apps, syncs }, app);
    const { connectionsMax } = app.capabilities;
    if (seen.has(credential) || processes <= connectionsMax) return [];
    seen.add(credential);
    return [
      `syncs: lanes and pulls with the secret “${app.secret}” are ${processes} processes, and ${app.kind} ` +
        `allows ${connectionsMax} calls at once; give its syncs fewer lanes`,
    ];
  });
}
