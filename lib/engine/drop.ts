/**
 * A person drops what a brake held: what both ends show now counts as agreed, marked *dropped*. The ends then differ
 * in peace until either of them shows something else. Consent is never dropped: a withdrawal is nothing to agree away.
 */
import { isConsent } from './caps.ts';
import { classOf, type Shown } from './deeds.ts';
import type { Verdict } from './judge.ts';
import type { AppExistence, Deed, FieldSpec, Pair, RecordState } from './model.ts';
import { withhold } from './withhold.ts';

export const isDroppable = (deed: Deed): boolean => !isConsent(classOf(deed));

export interface Dropping {
  readonly deeds: readonly Deed[];
  readonly by: string;
  readonly at: number;
}

/** What both ends show, and what was remembered. */
export interface Ends {
  readonly shown: Shown;
  readonly before: RecordState;
}

export function dropDeeds<V extends Verdict>(
  fields: readonly FieldSpec[],
  verdict: V,
  { deeds, by, at }: Dropping,
  { shown, before }: Ends,
): V {
  const text = `${by} dropped it: both ends stay as they are`;
  const note = { by: 'brake', deeds, reason: text, at, run: null } as const;
  const rest = withhold(fields, verdict, note, before);
  const isWhole = deeds.some(({ column }) => column === null);
  const decisions = deeds.map(({ kind, column }) => ({
    field: column,
    action: 'leave' as const,
    reason: { rule: `brake/dropped/${classOf({ kind, column })}`, text },
  }));
  return {
    ...verdict,
    ...rest,
    decisions: [...rest.decisions, ...decisions],
    state: {
      ...rest.state,
      withheld: null,
      link: isWhole ? 'linked' : rest.state.link,
      shadow: {
        existence: isWhole
          ? { c: shown.crm.existence, r: appExistence({ shown, before }), dropped: true }
          : (rest.state.shadow?.existence ?? { c: 'present', r: 'present' }),
        pairs: { ...rest.state.shadow?.pairs, ...droppedPairs(fields, deeds, { shown, before }) },
      },
    },
  };
}

/** An app that shows nobody holds what it was told. */
const appExistence = ({ shown, before }: Ends): AppExistence =>
  shown.app?.existence ?? before.shadow?.existence.r ?? 'absent';

function droppedPairs(
  fields: readonly FieldSpec[],
  deeds: readonly Deed[],
  { shown, before }: Ends,
): Record<string, Pair> {
  const columns = new Set(deeds.map(({ column }) => column));
  const named = fields.filter(({ column }) => columns.has(column));
  return Object.fromEntries(
    named.map(({ fingerprint }) => {
      const r = shown.app?.fields[fingerprint] ?? before.shadow?.pairs[fingerprint]?.r ?? null;
      return [fingerprint, { c: shown.crm.fields[fingerprint] ?? null, r, dropped: true }] as const;
    }),
  );
}
