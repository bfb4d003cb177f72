/**
 * `defineTrivet()`: what a user writes, checked and compiled into what everything else reads. All problems are
 * reported at once: what has the wrong form is left out, and the rest is checked for what it means.
 */
import { checkSync } from './check-sync.ts';
import { checkTogether, type Placed } from './check-together.ts';
import { compileSync, nameOf } from './compile.ts';
import type { TrivetInput } from './input.ts';
import type { AppConfig, TrivetConfig } from './model.ts';
import { ConfigError, lineOf, problemsOf, type Problem } from './problems.ts';
import { configShape, syncShape, type ParsedSync } from './schema.ts';
import { readTableName } from './table-name.ts';

export { compileSync } from './compile.ts';
export { ConfigError } from './problems.ts';
export type { ComputedInput, FieldInput, SyncInput, TrivetInput } from './input.ts';

/** Throws one error that lists everything that is wrong. */
export function defineTrivet<
  const Tables extends { readonly [T in keyof Tables]: object },
  const Apps extends Readonly<Record<string, AppConfig>>,
>(input: TrivetInput<Tables, Apps>): TrivetConfig {
  const raw: RawConfig = input;
  const ofForm = problemsOf(configShape, raw);
  const apps = usableApps(raw.apps);
  const ofApps = Object.entries(apps).flatMap(([name, app]) => checkOptions(name, app));
  const [ofSyncs, placed] = readSyncs(raw, apps, ofForm);
  const problems = [...ofForm, ...ofApps, ...ofSyncs, ...checkTogether(apps, placed)];
  if (problems.length > 0) throw new ConfigError([...new Set(problems.map(lineOf))]);
  const { crm, historyDays = 90 } = input;
  return {
    crm: crm as TrivetConfig['crm'],
    apps,
    syncs: placed.map(({ sync }) => sync),
    historyDays,
  };
}

/** As it comes from whoever has no compiler. */
interface RawConfig {
  readonly crm?: unknown;
  readonly apps?: unknown;
  readonly syncs?: unknown;
}

function usableApps(given: unknown): Readonly<Record<string, AppConfig>> {
  const entries = isObject(given) ? Object.entries(given) : [];
  const usable = entries.filter(
    ([name, app]) => configShape.shape.apps.safeParse({ [name]: app }).success,
  );
  return Object.fromEntries(usable) as Record<string, AppConfig>;
}

function checkOptions(name: string, { kind, secret, rules }: AppConfig): readonly Problem[] {
  const problems = problemsOf(rules.schema, rules.given, ['apps', name]);
  if (typeof secret === 'string' && secret !== '') return problems;
  const text = `names no secret; name the one that holds the credentials of ${kind}, e.g. secret: '${kind}'`;
  return [...problems, { at: `apps.${name}.secret`, text }];
}

function readSyncs(
  { crm, syncs: given }: RawConfig,
  apps: Readonly<Record<string, AppConfig>>,
  ofForm: readonly Problem[],
): readonly [readonly Problem[], readonly Placed[]] {
  const problems: Problem[] = [];
  const placed: Placed[] = [];
  const capture = isObject(crm) && crm['capture'] === 'timestamp' ? 'timestamp' : 'log';
  for (const [index, raw] of (Array.isArray(given) ? given : []).entries()) {
    const at = `syncs.${index}`;
    const broken = brokenPlaces(ofForm, at);
    const sync = withoutBroken(raw, broken);
    if (sync === null) continue;
    const ofNames = checkNameAndTable(sync, at, broken);
    problems.push(...ofNames);
    if (ofNames.some((problem) => problem.at === `${at}.table`)) continue;
    const app = Object.hasOwn(apps, sync.app) ? apps[sync.app] : undefined;
    const compiled = compileSync(sync, { capture, app });
    placed.push({ at, sync: compiled });
    problems.push(...checkSync({ sync, compiled, capture, apps, at, broken }));
  }
  return [problems, placed];
}

/** Below a sync the options, and below `fields` and `computed` the single fields, that have a problem of form. */
function brokenPlaces(problems: readonly Problem[], at: string): ReadonlySet<string> {
  const below = problems.filter((problem) => problem.at.startsWith(`${at}.`));
  return new Set(
    below.map((problem) => {
      const [option = '', name] = problem.at.slice(at.length + 1).split('.');
      return name !== undefined && FIELD_OPTIONS.has(option) ? `${option}.${name}` : option;
    }),
  );
}

const FIELD_OPTIONS = new Set(['fields', 'computed']);

/** What is left of a sync without what has the wrong form; null when that is too little to say more about it. */
function withoutBroken(raw: unknown, broken: ReadonlySet<string>): ParsedSync | null {
  if (!isObject(raw)) return null;
  const kept = Object.entries(raw).flatMap(([option, value]) => {
    if (broken.has(option)) return [];
    if (!FIELD_OPTIONS.has(option) || !isObject(value)) return [[option, value] as const];
    const fields = Object.entries(value).filter(([name]) => !broken.has(`${option}.${name}`));
    return [[option, Object.fromEntries(fields)] as const];
  });
  const parsed = syncShape.safeParse(Object.fromEntries(kept));
  return parsed.success ? parsed.data : null;
}

function checkNameAndTable(
  sync: ParsedSync,
  at: string,
  broken: ReadonlySet<string>,
): readonly Problem[] {
  if (readTableName(sync.table) === null) {
    const text = `found “${sync.table}”; must be table or schema.table, with a name that has a dot in double quotes`;
    return [{ at: `${at}.table`, text }];
  }
  const name = nameOf(sync);
  if (broken.has('name') || syncShape.shape.name.safeParse(name).success) return [];
  const text = `“${name}”, made of table and app, must be a-z, 0-9 and -, at most 41, beginning with a letter; give the sync a name`;
  return [{ at: `${at}.name`, text }];
}

const isObject = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null;
