/** Every state that edits and crashes can lead to, each once, and from each of them to rest. */
import { addPair } from '../../test/support/flow-world/scenario-parts.ts';
import { settle } from '../../test/support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../../test/support/flow-world/verdict.ts';
import { createWorld } from '../../test/support/flow-world/world.ts';
import { movesFrom } from './moves.ts';
import type { Scope } from './scope.ts';
import { keepState, nameOf, wake, type State } from './state.ts';

export interface Checked {
  /** Different states between two invocations. */
  readonly states: number;
  /** Moves tried: edits and deliveries, with every crash and every edit in between. */
  readonly moves: number;
  /** States from which the world was brought to rest and judged. */
  readonly judged: number;
  readonly failure: {
    readonly path: readonly string[];
    readonly problems: readonly string[];
  } | null;
  /** False: time was over before everything was tried. */
  readonly isWhole: boolean;
}

export interface Watchman {
  isOver(): boolean;
  tell(soFar: { readonly states: number; readonly moves: number; readonly open: number }): void;
}

export async function checkScope(scope: Scope, watchman: Watchman): Promise<Checked> {
  const first = await firstState(scope);
  const known = new Set([nameOf(first)]);
  const open: State[] = [first];
  let [moves, judged] = [0, 0];
  const result = (failure: Checked['failure'], isWhole: boolean): Checked => ({
    states: known.size,
    moves,
    judged,
    failure,
    isWhole,
  });
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (watchman.isOver()) return result(null, false);
    watchman.tell({ states: known.size, moves, open: open.length });
    for await (const moved of movesFrom(scope, state)) {
      moves += 1;
      const { path } = moved.state;
      if (moved.problems.length > 0) return result({ path, problems: moved.problems }, false);
      const name = nameOf(moved.state);
      if (known.has(name)) continue;
      known.add(name);
      open.push(moved.state);
      if (!moved.isDisturbed || isOpenEnded(moved.state)) continue;
      judged += 1;
      const problems = await judge(scope, moved.state);
      if (problems.length > 0) return result({ path, problems }, false);
    }
  }
  return result(null, true);
}

/** Whoever may still edit is judged when they have. */
const isOpenEnded = ({ left }: State): boolean => left.crm > 0 || left.app > 0;

async function firstState(scope: Scope): Promise<State> {
  const world = createWorld({ seed: 1, sync: { lanes: 1, phonePolicy: scope.policy } });
  addPair(world, 'ann@x.test');
  if (scope.people === 2) addPair(world, 'bob@x.test');
  await settle(world);
  const { edits, crashes } = scope;
  return keepState(world, { crm: edits, app: edits, crashes }, []);
}

async function judge(scope: Scope, state: State): Promise<readonly string[]> {
  const world = wake(scope, state);
  try {
    world.clock.advance(60_000);
    await settle(world);
    return [
      ...findProblems(world),
      ...world.witness.vanished(world),
      ...(await findRestlessness(world)),
    ];
  } catch (error) {
    return [String(error)];
  }
}
