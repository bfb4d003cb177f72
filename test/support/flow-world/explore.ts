/** One scenario, crashed after every single port call, with or without an edit before the redelivery. */
import { findProblems, findRestlessness, type Allowed } from './verdict.ts';
import { settle } from './settle.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

export interface Scenario {
  readonly world?: Omit<WorldOptions, 'seed'>;
  /** What is there before the first sync. */
  readonly given: (world: World) => void;
  /** What people do once both ends are in step. */
  readonly when: (world: World) => void;
  /** Problems of the end state besides the general ones. */
  readonly then?: (world: World) => string[];
  readonly allowed?: Allowed;
}

export interface LateEdit {
  /** Done between the crash and the redelivery. */
  readonly act: (world: World) => void;
  /** What must be true of the end state because of it. */
  readonly then?: (world: World) => string[];
  readonly allowed?: Allowed;
}

export interface RunOptions {
  readonly seed: number;
  /** Dies after this step, counted from `when`; none = never. */
  readonly crashAfter?: number;
  readonly late?: LateEdit;
  readonly redeliveryMs?: number;
  /** Sets hazards up; `from` is the number of steps done before `when`. */
  readonly prepare?: (world: World, from: number) => void;
}

export interface Run {
  readonly world: World;
  readonly problems: readonly string[];
  /** Port calls since `when`. */
  readonly steps: number;
  readonly calls: readonly { readonly nth: number; readonly label: string }[];
}

export async function run(scenario: Scenario, options: RunOptions): Promise<Run> {
  const world = createWorld({ seed: options.seed, ...scenario.world });
  scenario.given(world);
  await settle(world);
  const before = findProblems(world, scenario.allowed);
  if (before.length > 0)
    return { world, problems: before.map((text) => `at first: ${text}`), steps: 0, calls: [] };
  world.clock.advance(60_000);
  world.steps.trace.length = 0;
  const from = world.steps.count;
  const { crashAfter, late } = options;
  if (crashAfter !== undefined) world.hazards.dies = (step) => step === from + crashAfter;
  if (options.redeliveryMs !== undefined) world.hazards.redeliveryMs = options.redeliveryMs;
  if (late !== undefined) world.hazards.afterCrash = () => late.act(world);
  scenario.when(world);
  options.prepare?.(world, from);
  const rest = await comeToRest(world);
  const steps = world.steps.count - from;
  const calls = world.steps.trace.flatMap((line) => {
    const [count = '', ...label] = line.split(' ');
    return count === '--' ? [] : [{ nth: Number(count) - from, label: label.join(' ') }];
  });
  // What was done after the last round had read its sources is for the next.
  rest.push(...(await comeToRest(world)));
  const problems = rest.length > 0 ? rest : await judgeEnd(world, scenario, late);
  return { world, problems, steps, calls };
}

async function comeToRest(world: World): Promise<string[]> {
  try {
    await settle(world);
    return [];
  } catch (error) {
    return [String(error), ...world.monitor.violations, ...world.errors.map(String)];
  }
}

async function judgeEnd(
  world: World,
  scenario: Scenario,
  late: LateEdit | undefined,
): Promise<string[]> {
  const allowed = { ...scenario.allowed, ...late?.allowed };
  const wasLate = world.steps.trace.some((line) => line.startsWith('--'));
  const then = late?.then !== undefined && wasLate ? late.then : scenario.then;
  return [
    ...findProblems(world, allowed),
    ...(then?.(world) ?? []),
    ...(await findRestlessness(world)),
  ];
}

/** Every crash point of the scenario; one text per failing run, with the seed and the step to run it again. */
export async function explore(
  scenario: Scenario,
  options: { readonly seed: number; readonly late?: LateEdit; readonly redeliveryMs?: number },
): Promise<string[]> {
  const quiet = await run(scenario, { seed: options.seed });
  const failures = describe(quiet, options.seed, undefined);
  for (let crashAfter = 1; crashAfter <= quiet.steps; crashAfter += 1) {
    // A message comes back at once, or after the fence: each crash point has one of the two.
    const redeliveryMs = options.redeliveryMs ?? (crashAfter % 2 === 0 ? 0 : 12_000);
    const crashed = await run(scenario, { ...options, redeliveryMs, crashAfter });
    failures.push(...describe(crashed, options.seed, crashAfter));
  }
  return failures;
}

export interface Disturbance {
  readonly seed: number;
  /** Only port calls with such a name are disturbed. */
  readonly at: RegExp;
  /** Only each so-manieth of them. @default 1 */
  readonly every?: number;
  /** What goes wrong at step `step` of the world, or is done right after it. */
  readonly disturb: (world: World, step: number) => void;
  /** What must be true of the end state besides. */
  readonly then?: (world: World) => string[];
  readonly allowed?: Allowed;
}

/** Every port call of the scenario disturbed in turn. */
export async function disturbEach(scenario: Scenario, options: Disturbance): Promise<string[]> {
  const { seed, at, disturb, then = scenario.then, allowed = {}, every = 1 } = options;
  const quiet = await run(scenario, { seed });
  const disturbed: Scenario = {
    ...scenario,
    allowed: { ...scenario.allowed, ...allowed },
    ...(then === undefined ? {} : { then }),
  };
  const failures: string[] = [];
  const calls = quiet.calls.filter((call) => at.test(call.label));
  for (const { nth, label } of calls.filter((_call, index) => index % every === 0)) {
    const prepare = (world: World, from: number): void => disturb(world, from + nth);
    const { problems } = await run(disturbed, { seed, prepare });
    if (problems.length > 0)
      failures.push(`seed ${seed}, at call ${nth} (${label}): ${problems.join(' | ')}`);
  }
  return failures;
}

function describe(
  { problems, world }: Run,
  seed: number,
  crashAfter: number | undefined,
): string[] {
  if (problems.length === 0) return [];
  const at = world.steps.trace.find((line) => line.startsWith('--')) ?? 'without a crash';
  return [`seed ${seed}, crash after ${crashAfter ?? 'nothing'} ${at}: ${problems.join(' | ')}`];
}
