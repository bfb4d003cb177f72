/**
 * What only our memory knows, once both ends were walked: after a time of only looking records with deeds withheld
 * that neither end shows any more, and app records that were to get a row and are gone; for an app that shows
 * nobody, whoever it was told of and whose row is gone.
 */
import type { CrmKey } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { StoredRecord } from '../ports/state.ts';
import type { ListedPage } from './backfill.ts';
import type { SyncContext } from './context.ts';

const RECORDS_PAGE = 500;
const PLANNED_PAGE = 200;

/** Records by cursor of the memory's own walk; behind its last page the plans that nothing came of are dropped. */
export async function listMemory(context: SyncContext, cursor: Json): Promise<Outcome<ListedPage>> {
  const { state, sync } = context;
  const { name } = sync.spec;
  if (cursor === PLANS) {
    const ids = await state.listPlanned(name, PLANNED_PAGE);
    await state.dropPlanned(name, ids);
    return { kind: 'ok', value: { refs: [], cursor, isLast: ids.length === 0 } };
  }
  const page = await state.scan(name, typeof cursor === 'string' ? cursor : null, RECORDS_PAGE);
  const left = page.records.filter(({ state: { withheld } }) => withheld?.by === 'mode');
  const keys = new Set([...left.map(keyOf), ...(await rowless(context, page.records))]);
  const refs = [...keys].map((key) => ({ key, look: true }));
  return { kind: 'ok', value: { refs, cursor: page.cursor ?? PLANS, isLast: false } };
}

const keyOf = ({ state: { key } }: StoredRecord): CrmKey => key;

async function rowless(
  { app, crm }: SyncContext,
  records: readonly StoredRecord[],
): Promise<readonly CrmKey[]> {
  if (app.ledger === undefined) return [];
  const told = records.filter(({ state: { ledger } }) => ledger !== null).map(keyOf);
  const rows = await crm.read(told);
  return told.filter((key) => !rows.has(key));
}

/** No cursor of a walk looks like this: those are base64url. */
const PLANS = '#planned';
