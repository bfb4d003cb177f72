/** What may happen next: an edit, a round that finds something, or the page that waits in the lane; with whatever comes in between. */
import { ring } from '../../test/support/flow-world/deliver.ts';
import { PULL_GROUP } from '../../test/support/flow-world/queues.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import { pagesOf, withPage, wordsOf } from './pages.ts';
import { deliveries, type Delivery, type Thrift } from './deliveries.ts';
import { carryOut, editsLeft, inWords, without } from './edits.ts';
import { LANE } from './read-world.ts';
import type { Scope } from './scope.ts';
import { sketch, wake, type Sketch, type State } from './state.ts';
import { THRIFT } from './thrift.ts';
import { LONG_MS, SHORT_MS } from './times.ts';

export interface Moved {
  readonly sketch: Sketch;
  /** As it was left. */
  readonly world: World;
  /** Neither an edit nor a crash. */
  readonly isQuiet: boolean;
  readonly problems: readonly string[];
}

export async function* movesFrom(
  scope: Scope,
  state: State,
  thrift: Thrift = THRIFT,
): AsyncGenerator<Moved> {
  const { policy } = scope;
  const woken = (ms: number): World => {
    const world = wake(policy, state);
    world.clock.advance(ms);
    return world;
  };
  const movedTo = ({ world, left, step }: Delivery): Moved => ({
    sketch: sketch(world, policy, left, { step, before: state.trail }),
    world,
    isQuiet: left === state.left,
    problems: [...world.monitor.violations, ...world.errors.map(String)],
  });
  for (const edit of editsLeft(scope, state.left)) {
    const world = woken(SHORT_MS);
    carryOut(world, edit);
    yield movedTo({ world, left: without(state.left, edit), step: inWords(edit) });
  }
  const { left, queued, isRead, isNear } = state;
  for (const ms of isRead ? [] : isNear ? [SHORT_MS, LONG_MS] : [SHORT_MS]) {
    const rung = (): World => {
      const world = woken(ms);
      ring(world);
      return world;
    };
    const order = { group: PULL_GROUP, left, thrift, tries: 'everything' } as const;
    for await (const { step, ...each } of deliveries(scope, order, rung))
      yield movedTo({ ...each, step: ms === LONG_MS ? `after a while ${step}` : step });
  }
  if (queued.length === 0) return;
  for (const page of pagesOf(policy, state)) {
    const paged = (): World => withPage(woken(SHORT_MS), page);
    const order = { group: LANE, left, thrift, tries: page.tries };
    for await (const { step, ...each } of deliveries(scope, order, paged))
      yield movedTo({ ...each, step: `${step} (${wordsOf(page)})` });
  }
}
