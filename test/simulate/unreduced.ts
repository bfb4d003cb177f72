/** Small scopes without what makes them small: worlds gone on with as they were left, and something at every call. */
import { firstState } from '../../simulate/model/check.ts';
import { movesFrom, type Moved } from '../../simulate/model/moves.ts';
import type { Scope } from '../../simulate/model/scope.ts';
import { keepState, sketch, type State } from '../../simulate/model/state.ts';
import { NO_THRIFT } from '../../simulate/model/thrift.ts';
import { dumpWorld } from '../support/flow-world/dump.ts';

/** The states of a scope as the model goes through them, each with a world that led there. */
export async function reach(scope: Scope): Promise<readonly Moved[]> {
  const first = await firstState(scope);
  const reached = new Map<string, Moved | null>([[first.name, null]]);
  const open: State[] = [first];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for await (const moved of movesFrom(scope, state)) {
      const { name } = moved.sketch;
      if (reached.has(name)) continue;
      reached.set(name, moved);
      open.push(keepState(moved.sketch));
    }
  }
  return [...reached.values()].filter((moved) => moved !== null);
}

const IDS_PER_MOVE = 1_000;

/** With the world as it was left; rounds are tried although they find nothing, and fences although nobody asks. */
export const asLeft = ({ sketch: sketched, world }: Moved, idsFrom: number): State => {
  const { keep: _plain, ...rest } = sketched;
  return {
    ...rest,
    dump: structuredClone(dumpWorld(world)),
    queued: structuredClone([...world.queues.groups]),
    witnessed: world.witness.dump(),
    isRead: false,
    isNear: true,
    idsFrom: idsFrom + IDS_PER_MOVE,
  };
};

export const everyMoveFrom = (scope: Scope, state: State): AsyncGenerator<Moved> =>
  movesFrom(scope, state, NO_THRIFT);

/**
 * The name without what the witness knows, which is lost by asking: of an edit in the middle of a delivery it knows less than of the
 * same edit after it, and a witness who knows more finds more. `spared`: as if so many crashes had not happened.
 */
export function bareName(
  { policy }: Scope,
  { sketch: { left }, world }: Moved,
  spared = 0,
): string {
  world.witness.dismiss();
  return sketch(world, policy, { ...left, crashes: left.crashes + spared }, null).name;
}

/** Bare names of the states at rest when no world is ever put into its plain form on the way. */
export async function restUnreduced(scope: Scope): Promise<ReadonlySet<string>> {
  const open: State[] = [await firstState(scope)];
  const [known, atRest] = [new Set<string>(), new Set<string>()];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for await (const moved of everyMoveFrom(scope, state)) {
      const next = asLeft(moved, state.idsFrom);
      const name = bareName(scope, moved);
      if (known.has(name)) continue;
      known.add(name);
      if (moved.sketch.isAtRest) atRest.add(name);
      open.push(next);
    }
  }
  return atRest;
}
