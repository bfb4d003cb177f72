/**
 * What becomes of a call that was given up and takes effect later: for the sync it is somebody's edit at the app (SPEC.md,
 * gaps). So the witness lets go what it puts there, and what it then may do to the same field of the row, and nothing else.
 */
import type { AppCommand } from '../../../lib/ports/app.ts';
import type { AppPortOptions } from './app-port.ts';
import type { Member } from './audience.ts';
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { StateStore } from '../../../lib/ports/state.ts';
import type { Running } from './running.ts';
import { readRecord } from './memory-state.ts';
import { placeInApp, placeInCrm } from './witness.ts';
import type { World } from './world.ts';

type Seen = Pick<World, 'monitor' | 'witness' | 'weather'> & {
  readonly syncOf: () => World['sync'];
};

export const takeLate =
  ({ monitor, witness, weather, syncOf }: Seen): AppPortOptions['landed'] =>
  (command, before, after) => {
    if (after === null) {
      if (before !== null) witness.memberGoes(before);
      return;
    }
    monitor.landedLate(after);
    if (before === null) weather.made.add(after.id);
    if (isReturn(command, before, after)) monitor.memberReturned(after);
    for (const { place, is } of letGo({ witness, syncOf }, command, before, after))
      weather.landed.set(place, is);
  };

function letGo(
  { witness, syncOf }: Pick<Seen, 'witness' | 'syncOf'>,
  { key }: AppCommand,
  before: Member | null,
  after: Member,
): readonly { readonly place: string; readonly is: string | null }[] {
  return syncOf().spec.fields.flatMap(({ path, column }) => {
    const [was, is] = [before?.profile[path] ?? null, after.profile[path] ?? null];
    if (was === is) return [];
    const place = placeInApp(after, path);
    witness.overlooked({ place, before: was, after: is });
    // The row may be edited before the sync sees what came late, and then by policy gets that.
    witness.doubt(placeInCrm(key, column));
    return [{ place, is }];
  });
}

/** Of two holders of one lane, who stored a record last has it. What the other one still sends comes as late. */
export function createHolders({ monitor, witness, syncOf }: Seen): Holders {
  const savers = new Map<CrmKey, readonly Running[]>();
  const isOvertaken = (key: CrmKey, running: Running): boolean => {
    const by = savers.get(key) ?? [];
    return by.includes(running) && by.at(-1) !== running;
  };
  return {
    watching: (store, running) => ({
      ...store,
      save: async (sync, records) => {
        const outcomes = await store.save(sync, records);
        for (const [index, { state }] of records.entries())
          if (outcomes[index] === 'saved')
            savers.set(state.key, [...(savers.get(state.key) ?? []), running]);
        return outcomes;
      },
    }),
    wrote:
      (running) =>
      (command, before, after): void => {
        monitor.appWrote(command, before, after);
        const isLate = before !== null && isOvertaken(command.key, running);
        if (isLate && after !== null) letGo({ witness, syncOf }, command, before, after);
      },
  };
}

export interface Holders {
  /** The store as one invocation sees it, and we see who stores. */
  watching(store: StateStore, running: Running): StateStore;
  wrote(running: Running): AppPortOptions['wrote'];
}

/** To the sync it looks as if they had come back by themselves. */
const isReturn = ({ kind }: AppCommand, before: Member | null, after: Member): boolean =>
  kind === 'create' || (before?.isArchived === true && !after.isArchived);

/** What landed late is still in the field, and nobody has agreed on it: whatever is edited now competes with it. */
export function competesWithLate(
  { weather, memory }: Pick<World, 'weather' | 'memory'>,
  member: Member,
  path: string,
): boolean {
  const shown = member.profile[path] ?? null;
  if (shown === null || weather.landed.get(placeInApp(member, path)) !== shown) return false;
  const key = memory.links.get(member.id);
  const pairs = key === undefined ? {} : (readRecord(memory, key)?.state.shadow?.pairs ?? {});
  const [, pair] = Object.entries(pairs).find(([name]) => name.includes(path)) ?? [];
  return pair?.r !== shown;
}
