/**
 * What the app showed of each record that came to rest, for the next listing to compare with. Noted before the record
 * is saved: whoever fails between the two looks again, and a record that was saved without it would have to be looked
 * at for nothing. Of who was left in the middle nothing is noted, so that the next listing finds the difference.
 */
import type { RecordState, RemoteId } from '../engine/model.ts';
import type { SeenDigest } from '../ports/digests.ts';
import type { SyncContext } from './context.ts';
import { digestOfState } from './digest.ts';
import { digesterOf } from './digest.ts';
import { isListed } from './is-listed.ts';
import type { Work } from './work.ts';

export async function rememberSeen(context: SyncContext, works: readonly Work[]): Promise<void> {
  if (!isListed(context)) return;
  const digester = digesterOf(context);
  const seen: SeenDigest[] = [];
  const gone: RemoteId[] = [];
  for (const { key, isAtRest, observation, opened, state } of works) {
    if (!isAtRest) continue;
    const { remoteId: id } = state;
    // Another one took its place.
    if (opened.remoteId !== null && opened.remoteId !== id) gone.push(opened.remoteId);
    if (id === null) continue;
    if (observation?.existence === 'present')
      seen.push({ id, key, digest: digester.ofRaw(observation.raw) });
    else if (state.shadow?.existence.r !== 'present') gone.push(id);
    // Nothing would notice that it goes before it was ever listed.
    else if (isNew(opened, state)) seen.push({ id, key, digest: digestOfState(digester, state) });
  }
  const { name } = context.sync.spec;
  await context.state.noteDigests(name, seen);
  await context.state.dropDigests(name, gone);
}

const isNew = (opened: RecordState, { remoteId }: RecordState): boolean =>
  opened.remoteId !== remoteId || opened.shadow?.existence.r !== 'present';
