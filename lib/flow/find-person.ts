/** Who is meant by a key or an address, in one sync: each record that would be erased, with what is known of where it is. Writes nothing. */
import { findMatchField } from '../engine/match-field.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { SyncContext } from './context.ts';

type Context = Pick<SyncContext, 'sync' | 'crm' | 'app' | 'state' | 'budget'>;

export interface FoundPerson {
  /** Null: the app has them and no row is theirs. */
  readonly key: CrmKey | null;
  readonly remoteId: RemoteId | null;
  readonly match: string | null;
  readonly isInCrm: boolean;
  /** The app has a record of them; null: it shows nobody. */
  readonly isAtApp: boolean | null;
  /** We remember something of them. */
  readonly isKnown: boolean;
}

export async function findByKey(context: Context, key: CrmKey): Promise<readonly FoundPerson[]> {
  const { state, sync, crm } = context;
  const [known, rows] = await Promise.all([state.load(sync.spec.name, [key]), crm.read([key])]);
  const record = known.get(key)?.state;
  const row = rows.get(key);
  const raw = row?.columns[sync.match.column]?.text ?? null;
  const pair = record?.shadow?.pairs[matchField(context)?.fingerprint ?? ''];
  const remembered = typeof pair?.r === 'string' ? pair.r : null;
  const match = parseMatch(context, raw) ?? remembered;
  const remoteId = record?.remoteId ?? null;
  const isAtApp = await isThere(context, { remoteId, match });
  if (row === undefined && record === undefined && isAtApp !== true) return [];
  const isKnown = record !== undefined;
  return [{ key, remoteId, match, isInCrm: row !== undefined, isAtApp, isKnown }];
}

/** Null: people of this sync are not told apart by an address. */
export async function findByEmail(
  context: Context,
  email: string,
): Promise<readonly FoundPerson[] | null> {
  const { state, sync, crm } = context;
  if (matchField(context)?.type.name !== 'email') return null;
  const match = parseMatch(context, email);
  if (match === null) return [];
  const keys = (await crm.findByMatch([match])).get(match) ?? [];
  const found = (await Promise.all(keys.map((key) => findByKey(context, key)))).flat();
  const [outcome] = isLedger(context)
    ? []
    : await context.app.fetch([{ remoteId: null, match }], context.budget);
  if (outcome !== undefined && outcome.kind !== 'ok') throw new Error(outcome.reason);
  const observed = outcome?.value;
  if (observed === undefined || observed.existence === 'absent' || observed.remoteId === null)
    return found;
  const { remoteId } = observed;
  if (found.some((each) => each.remoteId === remoteId)) return found;
  const holder = (await state.findLinks(sync.spec.name, [remoteId])).get(remoteId) ?? null;
  const other = holder === null ? [] : await findByKey(context, holder);
  if (other.length > 0) return [...found, ...other];
  // One row with the address and no partner yet is theirs; with none, or with several, the app's record stands alone.
  const [only, second] = found;
  if (only !== undefined && second === undefined && only.remoteId === null)
    return [{ ...only, remoteId, isAtApp: true }];
  return [...found, { key: null, remoteId, match, isInCrm: false, isAtApp: true, isKnown: false }];
}

const matchField = ({ sync }: Context) => findMatchField(sync.spec.fields);

const isLedger = ({ app }: Context): boolean => app.ledger !== undefined;

function parseMatch(context: Context, raw: string | null): string | null {
  const parsed = matchField(context)?.type.parse(raw);
  return parsed?.ok === true && typeof parsed.value === 'string' ? parsed.value : null;
}

async function isThere(
  context: Context,
  { remoteId, match }: { readonly remoteId: RemoteId | null; readonly match: string | null },
): Promise<boolean | null> {
  if (isLedger(context)) return null;
  if (remoteId === null && match === null) return false;
  const target = { remoteId, match: remoteId === null ? match : null };
  const [outcome] = await context.app.fetch([target], context.budget);
  if (outcome === undefined) throw new Error('the app replica gave no outcome for its target');
  if (outcome.kind !== 'ok') throw new Error(outcome.reason);
  return outcome.value.existence !== 'absent';
}
