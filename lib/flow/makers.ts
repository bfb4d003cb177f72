/**
 * Two rows may have one address (a household, a double). Whoever made the app's record with it holds it,
 * also while nobody knows the record's id yet: a batch names none, and an answer may have been lost.
 */
import type { CrmKey, RecordState } from '../engine/model.ts';
import type { SyncContext } from './context.ts';

/** How sure it is that a row made a record in the app whose id is not known. */
export type Making = 'made' | 'perhaps' | 'not';

export function makingOf(state: RecordState | undefined): Making {
  if (state === undefined || state.remoteId !== null) return 'not';
  if (state.shadow?.existence.r === 'present') return 'made';
  return state.intent?.existence?.end === 'app' ? 'perhaps' : 'not';
}

export interface Rival {
  readonly key: CrmKey;
  readonly address: string;
  /** Whoever may have made the record gives way only to one who surely did. */
  readonly making: Making;
}

/** By row: which other row with its address has a better claim to the app's record with that address. */
export async function findMakers(
  { crm, state, sync }: SyncContext,
  rivals: readonly Rival[],
): Promise<ReadonlyMap<CrmKey, CrmKey>> {
  const asking = rivals.filter(({ making }) => making !== 'made');
  if (asking.length === 0) return new Map();
  const rows = await crm.findByMatch([...new Set(asking.map(({ address }) => address))]);
  const othersOf = ({ key, address }: Rival): CrmKey[] =>
    (rows.get(address) ?? []).filter((other) => other !== key);
  const others = [...new Set(asking.flatMap(othersOf))];
  if (others.length === 0) return new Map();
  const known = await state.load(sync.spec.name, others);
  return new Map(
    asking.flatMap((rival): [CrmKey, CrmKey][] => {
      const maker = othersOf(rival).find((other) => {
        const making = makingOf(known.get(other)?.state);
        return making === 'made' || (making === 'perhaps' && rival.making === 'not');
      });
      return maker === undefined ? [] : [[rival.key, maker]];
    }),
  );
}
