/**
 * What happens when people leave the sync alone: from every state it must come to rest, whichever delivery is next. So the
 * states and their quiet moves may have no circle, and may end only where nothing waits.
 */
export interface QuietMoves {
  note(from: string, to: string): void;
  /** The name of a state that may never come to rest, and why; null: there is none. */
  findUnrest(states: ReadonlyMap<string, { readonly isAtRest: boolean }>): Unrest | null;
}

export interface Unrest {
  readonly name: string;
  readonly problem: string;
}

export function createQuietMoves(): QuietMoves {
  const successors = new Map<string, Set<string>>();
  return {
    // A round that finds nothing while a page waits leads nowhere, and that page is worked all the same.
    note: (from, to) => {
      if (from !== to) successors.set(from, (successors.get(from) ?? new Set()).add(to));
    },
    findUnrest: (states) => {
      for (const [name, { isAtRest }] of states)
        if (!isAtRest && !successors.has(name))
          return { name, problem: 'something waits here, and no delivery changes that' };
      const [name] = inCircles(successors);
      return name === undefined ? null : { name, problem: 'deliveries may go round in circles' };
    },
  };
}

/** Those that are left when all are taken away from which everything ends. */
function inCircles(successors: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const before = new Map<string, string[]>();
  const open = new Map<string, number>();
  const ended: string[] = [];
  for (const [name, nexts] of successors) {
    open.set(name, nexts.size);
    for (const next of nexts) {
      before.set(next, [...(before.get(next) ?? []), name]);
      if (!successors.has(next)) ended.push(next);
    }
  }
  const done = new Set(ended);
  for (const end of done)
    for (const name of before.get(end) ?? []) {
      const left = (open.get(name) ?? 0) - 1;
      open.set(name, left);
      if (left === 0) done.add(name);
    }
  return new Set([...successors.keys()].filter((name) => !done.has(name)));
}
