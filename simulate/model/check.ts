/** Every state that edits, crashes and deliveries can lead to, each once; where it comes to rest it is judged. */
import { PATHS } from '../../test/support/flow-world/sample-sync.ts';
import { settle } from '../../test/support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../../test/support/flow-world/verdict.ts';
import { createWorld, type World } from '../../test/support/flow-world/world.ts';
import { movesFrom } from './moves.ts';
import { createQuietMoves } from './quiet.ts';
import type { Scope } from './scope.ts';
import { keepState, sketch, stepsOf, wake, type State, type Trail } from './state.ts';
import { valueOf } from './values.ts';

export interface Checked {
  /** Different states between two invocations. */
  readonly states: number;
  /** Moves tried: edits and deliveries, with every crash and every edit in between. */
  readonly moves: number;
  /** States at rest, which were judged. */
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
  const known = new Map<string, Known>([[first.name, first]]);
  const open: State[] = [first];
  const quiet = createQuietMoves();
  let [moves, judged] = [0, 0];
  const result = (failure: Checked['failure'], isWhole: boolean): Checked => ({
    states: known.size,
    moves,
    judged,
    failure,
    isWhole,
  });
  const failed = (trail: Trail, problems: readonly string[]): Checked =>
    result({ path: stepsOf(trail), problems }, false);
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (watchman.isOver()) return result(null, false);
    watchman.tell({ states: known.size, moves, open: open.length });
    for await (const { sketch: sketched, isQuiet, problems } of movesFrom(scope, state)) {
      moves += 1;
      const { name, trail, isAtRest } = sketched;
      if (problems.length > 0) return failed(trail, problems);
      if (isQuiet) quiet.note(state.name, name);
      if (known.has(name)) continue;
      known.set(name, { trail, isAtRest });
      const next = keepState(sketched);
      open.push(next);
      if (!isAtRest) continue;
      judged += 1;
      const found = await judge(scope, next);
      if (found.length > 0) return failed(trail, found);
    }
  }
  const unrest = quiet.findUnrest(known);
  if (unrest !== null) return failed(known.get(unrest.name)?.trail ?? null, [unrest.problem]);
  return result(null, true);
}

type Known = Pick<State, 'trail' | 'isAtRest'>;

export async function firstState(scope: Scope): Promise<State> {
  const { policy, people, edits, crashes } = scope;
  const world = createWorld({ seed: 1, sync: { lanes: 1, phonePolicy: policy } });
  for (const email of ['ann@x.test', 'bob@x.test'].slice(0, people)) addPerson(world, email);
  await settle(world);
  return keepState(sketch(world, policy, { crm: edits, app: edits, crashes }, null));
}

function addPerson(world: World, email: string): void {
  const key = world.table.nextKey();
  const [first_name, phone] = [valueOf(key, 'first_name', 0), valueOf(key, 'phone', 0)];
  const transaction = world.table.begin();
  transaction.insert({ email, email_status: 'subscribed', first_name, phone }, key);
  transaction.commit();
  const profile = { [PATHS.first_name]: first_name, [PATHS.phone]: phone };
  world.audience.add(email, { status: 'subscribed', profile });
}

async function judge({ policy }: Scope, state: State): Promise<readonly string[]> {
  const world = wake(policy, state);
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
