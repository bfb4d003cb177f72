/**
 * Where a sync has fields of which only digests are kept: the store through which their values never pass. What is
 * saved, told to the history or listed is digested on its way; what is read compares with live values by the types.
 */
import { createHmac } from 'node:crypto';
import type { SyncConfig } from '../config/model.ts';
import { asKept, keepPair, keepRecord, keepValue } from '../engine/kept-digest.ts';
import type { Decision } from '../engine/model.ts';
import type { StateStore } from '../ports/state.ts';

export const keepsDigests = ({ spec }: SyncConfig): boolean =>
  spec.fields.some(({ pii }) => pii !== undefined);

const DIGEST_LENGTH = 22;

/** The sync and its store as the flow is given them. Without such a field both are what they were. */
export async function withDigests<S extends StateStore>(
  sync: SyncConfig,
  state: S,
): Promise<{ readonly sync: SyncConfig; readonly state: S }> {
  if (!keepsDigests(sync)) return { sync, state };
  return digesting(sync, state, await state.valueKey());
}

export function digesting<S extends StateStore>(
  sync: SyncConfig,
  state: S,
  key: string,
): { readonly sync: SyncConfig; readonly state: S } {
  const hash = (text: string): string =>
    createHmac('sha256', key).update(text, 'utf8').digest('base64url').slice(0, DIGEST_LENGTH);
  const fields = sync.spec.fields.map((field) => asKept(field, hash));
  const byColumn = new Map(fields.map((field) => [field.column, field]));
  const paths = new Set(fields.flatMap(({ pii, path }) => (pii === undefined ? [] : [path])));
  const keepDecision = (decision: Decision): Decision => {
    const field = byColumn.get(decision.field ?? '');
    if (field?.pii === undefined) return decision;
    const { before, after, base } = decision;
    return {
      ...decision,
      ...(before === undefined ? {} : { before: keepValue(field, before) }),
      ...(after === undefined ? {} : { after: keepValue(field, after) }),
      ...(base === undefined ? {} : { base: keepPair(field, base) }),
    };
  };
  return {
    sync: { ...sync, spec: { ...sync.spec, fields } },
    state: {
      ...state,
      save: (name, records) =>
        state.save(
          name,
          records.map((record) => ({ ...record, state: keepRecord(fields, record.state) })),
        ),
      append: (name, entries) =>
        state.append(
          name,
          entries.map(({ key: record, entry }) => ({
            key: record,
            entry: { ...entry, decisions: entry.decisions.map(keepDecision) },
          })),
        ),
      putUnmatched: (name, unmatched) => {
        const { observed } = unmatched;
        const raw = Object.entries(observed.raw).filter(([path]) => !paths.has(path));
        return state.putUnmatched(name, {
          ...unmatched,
          observed: { ...observed, raw: Object.fromEntries(raw) },
        });
      },
    },
  };
}
