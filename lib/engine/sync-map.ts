/**
 * The map of a sync: everything in its configuration that decides what is written for data nobody touched.
 * It is remembered, so that another map is noticed before it writes, and said in words a person can check.
 */
import { canonicalJson } from './fingerprint.ts';
import { digest } from './hash.ts';
import type { FieldSpec, SyncSpec } from './model.ts';
import type { Json } from './value.ts';

export type FieldSettings = Pick<FieldSpec, 'owner' | 'onConflict' | 'role' | 'adoptEmpty'>;

export type SyncRules = Pick<SyncSpec, 'create' | 'onCrmDelete' | 'onAppDelete' | 'mark'> & {
  /** A digest of the functions of the configuration: the filter above all. */
  readonly functions: string;
};

/** Null: not known, the map was remembered by code that kept less of it. */
export interface SyncMap {
  /** By fingerprint: column, app path and type. */
  readonly fields: Readonly<Record<string, FieldSettings | null>>;
  readonly rules: SyncRules | null;
}

export function mapOf(spec: SyncSpec, functions: string): SyncMap {
  const { create, onCrmDelete, onAppDelete, mark } = spec;
  const settings = ({ owner, onConflict, role, adoptEmpty }: FieldSpec): FieldSettings => ({
    owner,
    onConflict,
    role,
    adoptEmpty,
  });
  return {
    fields: Object.fromEntries(
      spec.fields.map((field) => [field.fingerprint, settings(field)] as const),
    ),
    rules: { create, onCrmDelete, onAppDelete, mark, functions },
  };
}

const CODE_LENGTH = 6;

/** A short name of a map: who has seen what it would do types it, and means this map and no other. */
export const mapCode = (map: SyncMap): string =>
  digest(canonicalJson(map as unknown as Json))
    .padStart(CODE_LENGTH, '0')
    .slice(0, CODE_LENGTH);

export interface MapChange {
  /** Fingerprints. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Each a phrase. */
  readonly settings: readonly string[];
}

/** Null when both maps are the same, as far as the old one is known. */
export function compareMaps(old: SyncMap, next: SyncMap): MapChange | null {
  const [before, after] = [Object.keys(old.fields), Object.keys(next.fields)];
  const change: MapChange = {
    added: after.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !after.includes(name)),
    settings: [
      ...after.flatMap((name) => fieldChanges(name, old.fields[name], next.fields[name])),
      ...ruleChanges(old.rules, next.rules),
    ],
  };
  const { added, removed, settings } = change;
  return added.length + removed.length + settings.length === 0 ? null : change;
}

function fieldChanges(
  name: string,
  old: FieldSettings | null | undefined,
  next: FieldSettings | null | undefined,
): readonly string[] {
  if (old == null || next == null) return [];
  const { column } = partsOf(name);
  return phrases(old, next).map((phrase) => `${column}: ${phrase}`);
}

function ruleChanges(old: SyncRules | null, next: SyncRules | null): readonly string[] {
  if (old === null || next === null) return [];
  const { functions: before, ...rules } = old;
  const { functions: after, ...others } = next;
  const text = 'the filter (or another function of the configuration) is another one';
  return [...phrases(rules, others), ...(before === after ? [] : [text])];
}

/** “owner: crm → app”, for each property that differs. */
function phrases(old: object, next: object): readonly string[] {
  const [before, after] = [old, next].map((each) => each as Readonly<Record<string, Json>>);
  return Object.keys(next).flatMap((name) => {
    const [from, to] = [before?.[name] ?? null, after?.[name] ?? null];
    return canonicalJson(from) === canonicalJson(to)
      ? []
      : [`${name}: ${wordOf(from)} → ${wordOf(to)}`];
  });
}

const wordOf = (value: Json): string =>
  typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value);

/** What changed, in one line. A field with the same column on both sides was mapped anew. */
export function describeChange({ added, removed, settings }: MapChange): string {
  const gone = new Map(removed.map((name) => [partsOf(name).column, name]));
  const come = new Set(added.map((name) => partsOf(name).column));
  return [
    ...added.map((name) => {
      const { column, path, type } = partsOf(name);
      const old = gone.get(column);
      if (old === undefined) return `${column} ↔ ${path} added`;
      const before = partsOf(old);
      return before.path === path
        ? `${column} has another type: ${before.type} → ${type}`
        : `${column} mapped anew: ${before.path} → ${path}`;
    }),
    ...removed
      .map(partsOf)
      .flatMap(({ column, path }) => (come.has(column) ? [] : [`${column} ↔ ${path} removed`])),
    ...settings,
  ].join('; ');
}

/** A fingerprint taken apart: `column>path:type`. */
function partsOf(fingerprint: string): { column: string; path: string; type: string } {
  const end = fingerprint.indexOf('>');
  const colon = fingerprint.indexOf(':', end);
  return {
    column: fingerprint.slice(0, end),
    path: fingerprint.slice(end + 1, colon),
    type: fingerprint.slice(colon + 1),
  };
}

/** A map of which only the fields are known. */
export const mapOfFingerprints = (fingerprints: readonly string[]): SyncMap => ({
  fields: Object.fromEntries(fingerprints.map((name) => [name, null])),
  rules: null,
});
