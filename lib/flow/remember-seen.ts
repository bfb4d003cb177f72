/**
 * What the app showed of each record that came to rest, for the next listing to compare with. Noted before the record
 * is saved: whoever fails between the two looks again, and a record that was saved without it would have to be looked
 * at for nothing. Of who was left in the middle nothing is noted, so that the next listing finds the difference.
 */
import type { RecordState, RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { SeenDigest } from '../ports/digests.ts';
import type { Reference } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';
import { digesterOf, digestOfState } from './digest.ts';
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

/**
 * Whoever was met on a page of a listing and is nobody's: the next listing would look at each of them, and would not
 * miss who is gone by then.
 */
export async function rememberNobodys(
  context: SyncContext,
  observations: readonly AppObservation[],
  met: readonly Reference[],
): Promise<void> {
  if (!isListed(context)) return;
  const taken = new Set(met.map(({ observed }) => observed?.remoteId));
  const left = new Map(
    observations.flatMap(({ remoteId: id, existence, raw }) =>
      id === null || existence !== 'present' || taken.has(id) ? [] : [[id, raw] as const],
    ),
  );
  if (left.size === 0) return;
  const { name } = context.sync.spec;
  const digester = digesterOf(context);
  // A lane may have linked one meanwhile, and noted it under its key.
  const links = await context.state.findLinks(name, [...left.keys()]);
  const nobodys = [...left].filter(([id]) => !links.has(id));
  await context.state.noteDigests(
    name,
    nobodys.map(([id, raw]) => ({ id, key: null, digest: digester.ofRaw(raw) })),
  );
}

const isNew = (opened: RecordState, { remoteId }: RecordState): boolean =>
  opened.remoteId !== remoteId || opened.shadow?.existence.r !== 'present';
