/**
 * One delivery in every way it can go: it may die after any call that leaves something behind, and before that people may
 * edit between any two calls that could tell. It is run anew for each of them, up to where it goes another way.
 */
import { deliver } from '../../test/support/flow-world/deliver.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import { carryOut, editsLeft, inWords, without, type Edit } from './edits.ts';
import type { Scope } from './scope.ts';
import type { Left } from './state.ts';

export interface Delivery {
  readonly world: World;
  readonly left: Left;
  readonly step: string;
}

/** Which of all ways are tried: those that are left out lead to nothing else. */
export interface Thrift {
  readonly leavesTrace: (labels: readonly string[], call: number) => boolean;
  /** Whether an edit right before the call with that number makes another difference than one that comes before or after the delivery. */
  readonly couldTell: (labels: readonly string[], call: number, edit: Edit) => boolean;
}

/** What comes in between. An edit is done before the call with that number, counted from the delivery's first. */
interface Course {
  readonly edits: readonly { readonly edit: Edit; readonly before: number }[];
  readonly diesAfter: number | null;
}

/** Before another move begins, whatever was written a moment ago must still be within the fence. */
const LONGEST_MS = 3_000;

export interface Order {
  readonly group: string;
  readonly left: Left;
  readonly thrift: Thrift;
  /** What undisturbed, or only with a crash, goes as in another order is not tried once more. */
  readonly tries: 'everything' | 'disturbed' | 'edited';
}

export async function* deliveries(
  scope: Scope,
  { group, left, thrift, tries }: Order,
  wake: () => World,
): AsyncGenerator<Delivery> {
  const open: Open[] = [{ course: { edits: [], diesAfter: null }, left }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { course } = next;
    const isEdited = course.edits.length > 0;
    const isDisturbed = isEdited || course.diesAfter !== null;
    if (tries === 'edited' && isDisturbed && !isEdited) continue;
    const world = wake();
    const labels = await run(world, group, course);
    if (tries === 'everything' || isDisturbed)
      yield { world, left: next.left, step: stepOf(group, course, labels) };
    if (course.diesAfter === null) open.push(...coursesFrom(scope, next, labels, thrift));
  }
}

interface Open {
  readonly course: Course;
  readonly left: Left;
}

/** One thing more comes in between, after everything that did so far. */
function coursesFrom(
  scope: Scope,
  { course, left }: Open,
  labels: readonly string[],
  { leavesTrace, couldTell }: Thrift,
): Open[] {
  const { edits } = course;
  const last = edits.at(-1);
  const courses: Open[] = [];
  for (const call of labels.keys()) {
    if (last !== undefined && call < last.before) continue;
    if (left.crashes > 0 && leavesTrace(labels, call))
      courses.push({
        course: { edits, diesAfter: call },
        left: { ...left, crashes: left.crashes - 1 },
      });
    // Nobody comes before the first call: that would be before the delivery.
    for (const edit of call === 0 ? [] : editsLeft(scope, left)) {
      if (!couldTell(labels, call, edit) || isOutOfOrder(last, call, edit)) continue;
      courses.push({
        course: { edits: [...edits, { edit, before: call }], diesAfter: null },
        left: without(left, edit),
      });
    }
  }
  return courses;
}

/** Two edits at one moment are tried in one order: they are at different places, or the later one hides the other from everybody. */
const isOutOfOrder = (
  last: Course['edits'][number] | undefined,
  call: number,
  edit: Edit,
): boolean => last?.before === call && inWords(edit) <= inWords(last.edit);

async function run(
  world: World,
  group: string,
  { edits, diesAfter }: Course,
): Promise<readonly string[]> {
  const labels: string[] = [];
  const beganAt = world.clock.now();
  world.hazards.between = (_step, label) => {
    labels.push(label);
    for (const { edit, before } of edits) if (before === labels.length) carryOut(world, edit);
  };
  world.hazards.dies = () => diesAfter !== null && labels.length > diesAfter;
  world.hazards.redeliveryMs = 0;
  await deliver(world, group);
  const tookMs = world.clock.now() - beganAt;
  if (tookMs > LONGEST_MS) throw new Error(`a delivery of ${tookMs} ms is too long for the fence`);
  return labels;
}

function stepOf(group: string, { edits, diesAfter }: Course, labels: readonly string[]): string {
  const parts = edits.map(({ edit, before }) => `before ${labels[before]} ${inWords(edit)}`);
  const end = diesAfter === null ? [] : [`dies after ${labels[diesAfter]}`];
  return [group, ...parts, ...end].join(', ');
}
