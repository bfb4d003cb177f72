/**
/**
 * What only our memory shows, once both ends were walked. After a time of only looking: records with deeds
 * withheld that neither end shows any more, and app records that were to get a row and are gone. Where nothing tells
 * of deleted rows (the CRM is read by timestamp, or the app shows nobody): records whose row is gone.
 */
import type { CrmKey, RecordState } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { Backfill } from '../ports/state.ts';
import type { ListedPage } from './backfill.ts';
import type { SyncContext } from './context.ts';

const RECORDS_PAGE = 500;
const PLANNED_PAGE = 200;

/** Records by cursor of the memory's own walk; behind its last page the plans that nothing came of are dropped. */
export async function listMemory(
  context: SyncContext,
  { leftovers, absences }: Pick<Backfill, 'leftovers' | 'absences'>,
  cursor: Json,
): Promise<Outcome<ListedPage>> {
  const { state, sync } = context;
  const { name } = sync.spec;
  if (cursor === PLANS) {
    const ids = await state.listPlanned(name, PLANNED_PAGE);
    await state.dropPlanned(name, ids);
    return { kind: 'ok', value: { refs: [], cursor, isLast: ids.length === 0 } };
  }
  const page = await state.scan(name, typeof cursor === 'string' ? cursor : null, RECORDS_PAGE);
  const states = page.records.map(({ state: record }) => record);
  const gone = absences === true ? await withoutRow(context, states) : new Set<CrmKey>();
  const refs = states
    .filter(({ key, withheld }) => (leftovers === true && withheld?.by === 'mode') || gone.has(key))
    .map(({ key }) => ({ key, look: true }));
  const isLast = page.cursor === null && leftovers !== true;
  return { kind: 'ok', value: { refs, cursor: page.cursor ?? PLANS, isLast } };
}

/** Who is gone from the CRM is in no listing of an app that shows nobody, and has no timestamp. */
export const isBlindToDeletes = ({ app, sync }: SyncContext): boolean =>
  app.ledger !== undefined || sync.modified !== null;

/** Absence is proved by a look in the record's own lane; here it only finds whom to look at. */
async function withoutRow(
  { crm }: SyncContext,
  states: readonly RecordState[],
): Promise<ReadonlySet<CrmKey>> {
  const known = states.flatMap(({ key, shadow, ledger }) =>
    ledger !== null || (shadow !== null && shadow.existence.c !== 'absent') ? [key] : [],
  );
  const rows = await crm.read(known);
  return new Set(known.filter((key) => !rows.has(key)));
}

/** No cursor of a walk looks like this: those are base64url. */
const PLANS = '#planned';
