/**
 * What may happen next: an edit, or a delivery. A delivery may die after any call that leaves something behind, and
 * somebody may edit before any call of it that looks at the end they edit: between other calls nobody could tell.
 */
import { deliver, ring } from '../../test/support/flow-world/deliver.ts';
import { PULL_GROUP } from '../../test/support/flow-world/queues.ts';
import { PATHS } from '../../test/support/flow-world/sample-sync.ts';
import { memberOf } from '../../test/support/flow-world/scenario-parts.ts';
import { editMemberOf, editRowOf } from '../../test/support/flow-world/walk-edits.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import { editsAt, type Edit, type Scope } from './scope.ts';
import { keepState, wake, type Left, type State } from './state.ts';

export interface Moved {
  readonly state: State;
  /** An edit or a crash came in between; an undisturbed delivery leads nowhere that rest does not lead to. */
  readonly isDisturbed: boolean;
  readonly problems: readonly string[];
}

/** Between two things that happen. Deliveries follow within the fence, or after it. */
const PAUSE_MS = 1_500;
const LEAVES_TRACE =
  /save|claim|append|write|push|send|bury|drop|block|moveLink|release|currentCheckpoint|readChanges/;

export async function* movesFrom(scope: Scope, state: State): AsyncGenerator<Moved> {
  for (const edit of editsLeft(scope, state.left)) {
    const world = wake(scope, state);
    world.clock.advance(PAUSE_MS);
    const value = carryOut(world, edit, state.left);
    yield movedTo(world, without(state.left, edit), [...state.path, value], true);
  }
  for (const group of [PULL_GROUP, 'lane 0']) {
    const isIdle = group !== PULL_GROUP && !hasMessages(state, group);
    if (!isIdle) yield* deliveries(scope, state, group);
  }
}

const hasMessages = ({ queued }: State, group: string): boolean =>
  queued.some(([name, messages]) => name === group && messages.length > 0);

async function* deliveries(scope: Scope, state: State, group: string): AsyncGenerator<Moved> {
  const { left } = state;
  const labels: string[] = [];
  const quiet = await work(scope, state, group, (world) => {
    world.hazards.between = (_step, label) => void labels.push(label);
  });
  yield movedTo(quiet, left, [...state.path, group], false);
  for (const [index, label] of labels.entries()) {
    const next = labels[index + 1];
    if (left.crashes > 0 && LEAVES_TRACE.test(label)) {
      for (const redeliveryMs of [0, 12_000]) {
        const world = await work(scope, state, group, (woken) => {
          const from = woken.steps.count;
          woken.hazards.dies = (step) => step === from + index + 1;
          woken.hazards.redeliveryMs = redeliveryMs;
        });
        const path = [
          ...state.path,
          `${group} dies after ${label}, and again ${redeliveryMs} ms later`,
        ];
        yield movedTo(world, { ...left, crashes: left.crashes - 1 }, path, true);
      }
    }
    for (const edit of editsLeft(scope, left)) {
      if (next === undefined || !next.startsWith(`${edit.end}.`)) continue;
      let value = '';
      const world = await work(scope, state, group, (woken) => {
        const from = woken.steps.count;
        woken.hazards.between = (step) => {
          if (step === from + index + 1) value = carryOut(woken, edit, left);
        };
      });
      const path = [...state.path, `${group}, and before ${next} ${value}`];
      yield movedTo(world, without(left, edit), path, true);
    }
  }
}

async function work(
  scope: Scope,
  state: State,
  group: string,
  prepare: (world: World) => void,
): Promise<World> {
  const world = wake(scope, state);
  world.clock.advance(PAUSE_MS);
  if (group === PULL_GROUP && !hasMessages(state, PULL_GROUP)) ring(world);
  prepare(world);
  await deliver(world, group);
  return world;
}

function movedTo(world: World, left: Left, path: readonly string[], isDisturbed: boolean): Moved {
  const problems = [...world.monitor.violations, ...world.errors.map(String)];
  return { state: keepState(world, left, path), isDisturbed, problems };
}

function editsLeft({ edits, people }: Scope, left: Left): readonly Edit[] {
  const isFirst = left.crm === edits && left.app === edits;
  const known = isFirst ? 1 : people;
  return [
    ...(left.crm > 0 ? editsAt('crm', known) : []),
    ...(left.app > 0 ? editsAt('app', known) : []),
  ];
}

const without = (left: Left, { end }: Edit): Left => ({ ...left, [end]: left[end] - 1 });

/** Each edit has a value of its own. */
function carryOut(world: World, { end, key, column }: Edit, left: Left): string {
  const value = `${end === 'crm' ? 'c' : 'a'}${left[end]}`;
  if (end === 'crm') editRowOf({ world }, key, column, value);
  else {
    const member = memberOf(world, key);
    if (member !== undefined) editMemberOf({ world }, member, PATHS[column], value);
  }
  return `${end} ${key} ${column} = ${value}`;
}
