/**
 * A page that failed at its last delivery goes to the dead letters, and its records go on without it. Whoever looks at
 * one of them must find why: they are quarantined, unopened, with what ended the page.
 */
import { RECEIVES_MAX } from '../ports/receives.ts';
import type { CrmKey } from '../engine/model.ts';
import { NewerItem, type StoredRecord } from '../ports/state.ts';
import type { Delivered } from './apply-open.ts';
import type { SyncContext } from './context.ts';
import { quarantined } from './park.ts';
import { isOutage } from './poison.ts';
import { newState } from './work.ts';

export async function quarantineLost(
  context: SyncContext,
  delivered: readonly Delivered[],
  error: unknown,
): Promise<void> {
  // Nothing is wrong with the records: newer code, or an answering store or queue, takes them.
  if (error instanceof NewerItem || isOutage(error)) return;
  const last = delivered.filter(({ receiveCount }) => receiveCount >= RECEIVES_MAX);
  const keys = [...new Set(last.flatMap(({ message }) => message.refs.map(({ key }) => key)))];
  if (keys.length === 0) return;
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  const known = await state.load(name, keys);
  const at = clock.now();
  const reason = `its page failed ${RECEIVES_MAX} times and is in the dead-letter queue: ${nameOf(error)}; npx trivet redrive ${name} tries it again`;
  const records = keys.map((key) => park(known.get(key), key, { reason, at }));
  const decisions = [
    { field: null, action: 'park', reason: { rule: 'dead-letter', text: reason } } as const,
  ];
  await state.append(
    name,
    keys.map((key) => ({ key, entry: { at, decisions, cause: 'retry' } })),
  );
  await state.save(name, records);
  context.log.count('records.dead', keys.length);
}

function park(
  known: StoredRecord | undefined,
  key: CrmKey,
  { reason, at }: { readonly reason: string; readonly at: number },
): StoredRecord {
  const stored = known ?? { state: newState(key), version: 0, marks: 0 };
  const parking = quarantined(stored.state.parking, { reason, at });
  // What it was about to write may have landed: the note of it stays for the next look.
  return { ...stored, marks: 0, state: { ...stored.state, parking } };
}

/** The kind of error and no more of it: its words may quote a value. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'no error');
