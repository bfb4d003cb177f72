/**
 * What a time of only looking leaves behind, once both ends were walked: records with deeds withheld that
 * neither end shows any more, and app records that were to get a row and are gone.
 */
import type { Json } from '../engine/value.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { ListedPage } from './backfill.ts';
import type { SyncContext } from './context.ts';

const RECORDS_PAGE = 500;
const PLANNED_PAGE = 200;

/** Records by cursor of the memory's own walk; behind its last page the plans that nothing came of are dropped. */
export async function listMemory(
  { state, sync }: SyncContext,
  cursor: Json,
): Promise<Outcome<ListedPage>> {
  const { name } = sync.spec;
  if (cursor === PLANS) {
    const ids = await state.listPlanned(name, PLANNED_PAGE);
    await state.dropPlanned(name, ids);
    return { kind: 'ok', value: { refs: [], cursor, isLast: ids.length === 0 } };
  }
  const page = await state.scan(name, typeof cursor === 'string' ? cursor : null, RECORDS_PAGE);
  const left = page.records.filter(({ state: { withheld } }) => withheld?.by === 'mode');
  const refs = left.map(({ state: { key } }) => ({ key, look: true }));
  return { kind: 'ok', value: { refs, cursor: page.cursor ?? PLANS, isLast: false } };
}

/** No cursor of a walk looks like this: those are base64url. */
const PLANS = '#planned';
