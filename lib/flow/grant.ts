/**
 * A person's word to the brakes: the next run may do so much, whatever the caps say. It is noted in the
 * sync's health; the next round binds it to its run and brings back the records that brakes hold.
 */
import { allow, grantOver, type Grant, type GrantName } from '../engine/brakes.ts';
import { classOf } from '../engine/deeds.ts';
import type { RecordState } from '../engine/model.ts';
import type { Health } from '../ports/state.ts';
import { changeBook } from './book.ts';
import type { SyncContext } from './context.ts';
import { changeHealth } from './health.ts';
import { route } from './route.ts';
import type { SteerContext } from './steer.ts';

const INBOX_PAGE = 100;

type Standing = NonNullable<Health['grant']>;

/** Replaces a word that no run has taken up yet, and rings. */
export async function grantNextRun(
  context: SteerContext,
  grant: Grant & { readonly by: string },
): Promise<void> {
  await changeHealth(context, (health, at) => ({
    ...health,
    grant: { ...grant, at, run: null, cursor: null },
  }));
  await context.queue.sendPull([{ kind: 'ring', sync: context.sync.spec.name, source: 'grant' }]);
}

export interface Carried {
  /** What is left of it: null when every held record it is for was brought back. */
  readonly grant: Health['grant'];
  readonly routed: number;
}

/** Binds the grant to this run, and sends as many of the held records to their lanes as it is for. */
export async function carryGrant(
  context: SyncContext,
  run: string,
  found: Standing,
  isOver: () => boolean,
): Promise<Carried> {
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  // Its run ended without it: what was to be brought back in it stays held.
  if (found.run !== null && found.run !== run)
    return keep(context, found, { grant: null, routed: 0 });
  if (found.run === null)
    await changeBook(state, name, (book) => allow(book, run, found, clock.now()));
  let { cursor } = found;
  let routed = 0;
  do {
    const page = await state.inbox(name, cursor, INBOX_PAGE);
    const held = page.records.filter(({ state: record }) => isHeldFor(record, found.name));
    const refs = held
      .slice(0, found.count - routed)
      .map(({ state: { key } }) => ({ key, look: true }));
    routed += await route(context, { refs, position: {}, run });
    ({ cursor } = page);
  } while (cursor !== null && routed < found.count && !isOver());
  const isDone = cursor === null || routed >= found.count;
  const grant = isDone ? null : { ...found, run, cursor, count: found.count - routed };
  return keep(context, found, { grant, routed });
}

const isHeldFor = ({ withheld }: RecordState, name: GrantName): boolean =>
  withheld?.by === 'brake' && withheld.deeds.some((deed) => grantOver(classOf(deed)) === name);

/** A later word of a person is not overwritten. */
async function keep(context: SyncContext, found: Standing, carried: Carried): Promise<Carried> {
  await changeHealth(context, (health) =>
    health.grant?.at === found.at ? { ...health, grant: carried.grant } : health,
  );
  return carried;
}
