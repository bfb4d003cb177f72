/** What one sync says that cannot work, beyond the form of its options. */
import { isOfConsent } from './compile.ts';
import type { AppConfig, Capture, SyncConfig } from './model.ts';
import type { Problem } from './problems.ts';
import { didYouMean } from './nearest-word.ts';
import type { ParsedSync } from './schema.ts';
import { findUnread } from './unread-columns.ts';

export interface SyncCase {
  readonly sync: ParsedSync;
  readonly compiled: SyncConfig;
  readonly capture: Capture;
  readonly apps: Readonly<Record<string, AppConfig>>;
  /** `syncs.0` */
  readonly at: string;
  /** Places below `at` that have a problem of form already, and were left out. */
  readonly broken: ReadonlySet<string>;
}

export function checkSync(checked: SyncCase): readonly Problem[] {
  return [
    ...checkApp(checked),
    ...checkMatch(checked),
    ...checkKey(checked),
    ...checkMark(checked),
    ...checkModified(checked),
    ...checkNames(checked),
    ...checkPaths(checked),
    ...checkFields(checked),
    ...checkConsents(checked),
    ...checkOneWay(checked),
    ...checkDigests(checked),
    ...findUnread(checked),
  ];
}

function checkApp({ sync, apps, at }: SyncCase): readonly Problem[] {
  if (Object.hasOwn(apps, sync.app)) return [];
  const names = Object.keys(apps);
  const text = `there is no app “${sync.app}”; apps: ${names.join(', ') || 'none'}`;
  return [{ at: `${at}.app`, text: `${text}${didYouMean(sync.app, names)}` }];
}

function checkMatch({ sync, apps, at, broken }: SyncCase): readonly Problem[] {
  const matches = Object.entries(sync.match);
  const [column, path] = matches[0] ?? [];
  if (matches.length !== 1 || column === undefined || path === undefined) {
    const text = `found ${matches.length} columns; name exactly one, e.g. { email: 'email_address' }`;
    return [{ at: `${at}.match`, text }];
  }
  const problems: Problem[] = [];
  const app = Object.hasOwn(apps, sync.app) ? apps[sync.app] : undefined;
  if (app !== undefined && !app.rules.matchFields.includes(path)) {
    const text = `found “${path}”, by which ${app.kind} names nobody; use ${app.rules.matchFields.join(' or ')}`;
    problems.push({ at: `${at}.match.${column}`, text });
  }
  const field = sync.fields[column];
  if (field?.app !== path && !broken.has(`fields.${column}`)) {
    const found =
      field === undefined ? 'is not in fields' : `is mapped to “${field.app}” in fields`;
    const guess = field === undefined ? didYouMean(column, Object.keys(sync.fields)) : '';
    const text = `${column} ${found}; fields.${column} must exist and map to “${path}”, so that renames can travel${guess}`;
    problems.push({ at: `${at}.match`, text });
  }
  return problems;
}

/** A key is the row's identity: who could write it could make the row another one. */
function checkKey({ compiled, at }: SyncCase): readonly Problem[] {
  const { key, spec, match } = compiled;
  const double = key.filter((column, index) => key.indexOf(column) !== index);
  const problems = double.map((column) => ({
    at: `${at}.key`,
    text: `names “${column}” twice; name each column once`,
  }));
  const written = spec.fields.filter(
    ({ column, owner, compute }) =>
      key.includes(column) && owner !== 'crm' && compute === undefined && column !== match.column,
  );
  return [
    ...problems,
    ...written.map(({ column, owner }) => ({
      at: `${at}.fields.${column}.owner`,
      text: `found “${owner}”, but ${column} is the key, which is never written; use “crm”`,
    })),
  ];
}

function checkMark({ sync, at, broken }: SyncCase): readonly Problem[] {
  if (broken.has('mark') || broken.has('onAppDelete')) return [];
  const columns = Object.keys(sync.mark ?? {});
  const isMarking = sync.onAppDelete === 'mark';
  if (isMarking && columns.length !== 1) {
    const text = `found ${columns.length} columns; onAppDelete “mark” needs one and its value, e.g. { email_status: 'archived' }`;
    return [{ at: `${at}.mark`, text }];
  }
  if (isMarking || columns.length === 0) return [];
  const text = `is written by onAppDelete “mark” alone, which is “${sync.onAppDelete ?? 'leave'}” here; say onAppDelete: 'mark', or leave it out`;
  return [{ at: `${at}.mark`, text }];
}

function checkModified({ sync, capture, at, broken }: SyncCase): readonly Problem[] {
  if (capture === 'timestamp' && sync.sweep !== undefined) {
    const text =
      'has no meaning with capture “timestamp”: there the sweep finds deletes; say modified: { column, sweepHours }';
    return [{ at: `${at}.sweep`, text }];
  }
  if (capture === 'log' || sync.modified !== undefined || broken.has('modified')) return [];
  const text =
    "is missing: capture “timestamp” finds changes by a column; name it, e.g. modified: 'updated_at'";
  return [{ at: `${at}.modified`, text }];
}

/** A field is called by one name in history, in commands and in what is remembered of it. */
function checkNames({ sync, at }: SyncCase): readonly Problem[] {
  return Object.keys(sync.computed ?? {}).flatMap((name) =>
    Object.hasOwn(sync.fields, name)
      ? [{ at: `${at}.computed.${name}`, text: 'fields has this name already; give it another' }]
      : [],
  );
}

function checkPaths({ sync, at }: SyncCase): readonly Problem[] {
  const seen = new Map<string, string>();
  return placesOf(sync).flatMap(({ place, app }) => {
    const other = seen.get(app);
    if (other === undefined) seen.set(app, place);
    if (other === undefined) return [];
    return [{ at: `${at}.${place}.app`, text: `“${app}” is mapped by ${other} already; drop one` }];
  });
}

const placesOf = ({ fields, computed = {} }: ParsedSync) =>
  [
    ...Object.entries(fields).map(([name, field]) => ({ place: `fields.${name}`, ...field })),
    ...Object.entries(computed).map(([name, field]) => ({ place: `computed.${name}`, ...field })),
  ] as const;

function checkFields({ sync, apps, at }: SyncCase): readonly Problem[] {
  const app = Object.hasOwn(apps, sync.app) ? apps[sync.app] : undefined;
  const problems: Problem[] = [];
  for (const { place, app: path, type } of placesOf(sync)) {
    const refusal = app?.rules.checkField(path, type) ?? null;
    if (app === undefined || refusal === null) continue;
    const text = `${refusal}${didYouMean(path, app.rules.fieldNames)}`;
    problems.push({ at: `${at}.${place}.app`, text });
  }
  for (const [column, { type, owner, onConflict }] of Object.entries(sync.fields)) {
    const here = `${at}.fields.${column}`;
    if (onConflict === 'newest' && app !== undefined && !app.capabilities.versions) {
      const text = '“newest” needs an app that says when a record changed; choose another policy';
      problems.push({ at: `${here}.onConflict`, text });
    }
    if (onConflict === 'union' && type.name !== 'tags') {
      const text = `“union” is for tags(), and ${column} is ${type.name}; choose another policy`;
      problems.push({ at: `${here}.onConflict`, text });
    }
    if (isOfConsent(type) && owner === 'shared') {
      const text = 'consent has one owner, crm or app: the end that may grant it';
      problems.push({ at: `${here}.owner`, text });
    } else {
      const text = app?.rules.checkOwner?.(sync.fields[column]?.app ?? '', owner) ?? null;
      if (text !== null) problems.push({ at: `${here}.owner`, text });
    }
  }
  for (const [name, { type }] of Object.entries(sync.computed ?? {})) {
    if (!isOfConsent(type)) continue;
    const text =
      'consent cannot be computed, for a withdrawal must be written back; map a column in fields';
    problems.push({ at: `${at}.computed.${name}.type`, text });
  }
  return problems;
}

/** The time of an opt-in is known by person and end, not by field: it would grant what it was not given for. */
function checkConsents({ sync, at }: SyncCase): readonly Problem[] {
  const firsts = new Map<string, string>();
  return Object.entries(sync.fields).flatMap(([column, { type, owner }]) => {
    if (!isOfConsent(type)) return [];
    const first = firsts.get(owner);
    if (first === undefined) firsts.set(owner, column);
    if (first === undefined) return [];
    const text = `found “${owner}”, which owns the consent in ${first} already, and one opt-in cannot prove two; map one of them only`;
    return [{ at: `${at}.fields.${column}.owner`, text }];
  });
}

/** From an app that shows nobody nothing comes back, and one lane alone knows who bears which identifier. */
/** What needs the value itself cannot do with its digest. */
function checkDigests({ sync, compiled, apps, at }: SyncCase): readonly Problem[] {
  const app = Object.hasOwn(apps, sync.app) ? apps[sync.app] : undefined;
  return compiled.spec.fields.flatMap(({ column, role, pii }) => {
    if (pii === undefined) return [];
    const why = {
      match: 'names the person, and is what the app is asked by',
      consent: 'is consent, which is decided by its words',
      set: 'is a set, whose additions and removals are told from what was there',
      plain:
        app?.capabilities.delta === 'listing'
          ? `goes to ${app.kind}, whose listings and updates need what was agreed on`
          : null,
    }[role];
    if (why === null) return [];
    const text = `found “digest”, but ${column} ${why}; leave it out`;
    return [{ at: `${at}.fields.${column}.pii`, text }];
  });
}

function checkOneWay({ sync, apps, at }: SyncCase): readonly Problem[] {
  const app = Object.hasOwn(apps, sync.app) ? apps[sync.app] : undefined;
  if (app?.capabilities.delta !== 'none') return [];
  const { kind } = app;
  const problems: Problem[] = Object.entries(sync.fields).flatMap(([column, { owner }]) =>
    owner === 'crm'
      ? []
      : [
          {
            at: `${at}.fields.${column}.owner`,
            text: `found “${owner}”, but ${kind} shows nobody and nothing comes back from it; use “crm”`,
          },
        ],
  );
  if ((sync.lanes ?? 1) !== 1) {
    const text = `found ${sync.lanes}, but ${kind} is told in full calls by one lane; say 1, or leave it out`;
    problems.push({ at: `${at}.lanes`, text });
  }
  if (sync.create === 'both' || sync.create === 'crm') {
    const text = `found “${sync.create}”, but ${kind} shows nobody to make rows of; use “app” or “none”`;
    problems.push({ at: `${at}.create`, text });
  }
  return problems;
}
