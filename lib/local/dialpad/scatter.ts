/**
 * The order of listings, of which the vendor says nothing: contacts stand where a number puts them that follows
 * from their id and revision. So a contact that is changed while somebody walks through the list moves: behind
 * the walker, and is missed, or before them, and is seen twice.
 */
import { createHash } from 'node:crypto';

export interface Place {
  readonly rank: number;
  readonly id: string;
}

export function placeOf(id: string, revision: number): Place {
  return { rank: createHash('sha256').update(`${id}\0${revision}`).digest().readUInt32BE(), id };
}

export interface Scatter {
  put(place: Place): void;
  drop(place: Place): void;
  /** All places behind one, or all there are, in order. */
  walk(after: Place | null): Generator<Place>;
}

/** Places fall into this many drawers, a few in each even of a million, so that no list is long. */
const drawerBits = 16;

export function createScatter(): Scatter {
  const drawers: Place[][] = Array.from({ length: 2 ** drawerBits }, () => []);
  const indexOf = (rank: number): number => rank >>> (32 - drawerBits);
  const drawerOf = ({ rank }: Place): Place[] => drawers[indexOf(rank)] ?? [];
  return {
    put: (place) => void drawerOf(place).push(place),
    drop: (place) => {
      const drawer = drawerOf(place);
      const index = drawer.findIndex(({ id }) => id === place.id);
      if (index >= 0) drawer.splice(index, 1);
    },
    *walk(after) {
      for (
        let index = after === null ? 0 : indexOf(after.rank);
        index < drawers.length;
        index += 1
      ) {
        const drawer = drawers[index] ?? [];
        if (drawer.length === 0) continue;
        const inOrder = drawer.toSorted(comparePlaces);
        yield* inOrder.filter((place) => after === null || comparePlaces(place, after) > 0);
      }
    },
  };
}

function comparePlaces(a: Place, b: Place): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
