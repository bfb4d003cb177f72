/**
 * A random walk: people act at both ends while messages are delivered, doubled, delayed, worked by two
 * holders and killed at any step. Then everything is left alone, and must come to rest in order.
 */
import type { AppKind } from './app-port.ts';
import { createChance, type Chance } from './chance.ts';
import { readRecords } from './memory-state.ts';
import { isDrained } from './queues.ts';
import { createChanges, type Changes } from './changes.ts';
import { createHelm, type Helm } from './helm.ts';
import { createLosses, type Losses, type LossName } from './losses.ts';
import { createPlanner } from './planner.ts';
import { createRestores, type Restores } from './restores.ts';
import { createRivalTool } from './rival-tool.ts';
import type { SampleSyncOptions } from './sample-sync.ts';
import { beginAct, END_OF_ACTS, settingSeed, wholeScript, type Script } from './script.ts';
import { addPair } from './scenarios.ts';
import { settle } from './settle.ts';
import { createSilence } from './silence.ts';
import { findProblems, findRestlessness } from './verdict.ts';
import { deliver, deliverTogether, ring } from './deliver.ts';
import type { Stage } from './stage.ts';
import { createStorms, forgive, landAll, type Storms } from './storms.ts';
import { LISTED_MOVES, MOVES } from './walk-acts.ts';
import { EDITS } from './walk-edits.ts';
import { createWorld, noHazards, type World } from './world.ts';

export interface Walk {
  readonly world: World;
  readonly problems: readonly string[];
  /** What happened, in words. */
  readonly story: readonly string[];
}

export const ACTS = 40;
/** Several times what the busiest walks need. */
export const CALLS_MAX = 6_000;
/** Somewhat longer than a backfill waits for the report of a page. */
const SILENCE_MS = 16 * 60_000;
/** The fence is five seconds. */
const FAR_MS = 40_000;
const SWEEP_MS = 25 * 3_600_000;

export interface WalkOptions {
  /** Somebody also pauses and resumes the sync, and lets it only look for a while. */
  readonly isSteered?: boolean;
  /** Somebody also makes plans, in the middle of everything, and carries them out later. */
  readonly isPlanned?: boolean;
  /** The state table is put back to an earlier time. */
  readonly isRestored?: boolean;
  /** Another tool at the app holds a field. */
  readonly isRivalled?: boolean;
  /** The CRM is read by timestamp, and swept at the end. */
  readonly isTimed?: boolean;
  /** The app asks for rest, calls land late, the state table and the queues refuse. */
  readonly isStormy?: boolean;
  /** Something is lost after the last act, and nobody but the sync does anything until it has come to rest. */
  readonly loss?: LossName;
  /** Maps are deployed side by side, and columns go and come. */
  readonly isChanged?: boolean;
  /** The app does not say what it took, and one of two people goes on editing. */
  readonly isSilent?: boolean;
  /** Clocks of hosts and vendor are wrong by far more than the fence allows for. */
  readonly isSkewed?: boolean;
  /** @default 'delta' */
  readonly app?: AppKind;
  /** @default everything, with its troubles */
  readonly script?: Script;
}

export async function walk(seed: number, options: WalkOptions = {}): Promise<Walk> {
  const chance = createChance(settingSeed(seed));
  const { world, sync } = worldOf(seed, chance, options);
  world.steps.max = CALLS_MAX;
  const story: string[] = [];
  // An audience of few is not known to be another one (SPEC.md, a lost position).
  const few = options.isSilent === true ? 2 : 4;
  const people = options.loss === 'the audience is exchanged' ? 24 : 1 + chance.below(few);
  populate(world, chance, people);
  const note = (text: string): void => {
    story.push(text);
    world.steps.trace.push(`## ${text}`);
  };
  const isMet = chance.isTrue(0.8) || options.loss !== undefined;
  if (isMet) await settle(world);
  const skews = options.isSkewed === true ? { skews: [-FAR_MS, 0, FAR_MS] } : {};
  const stage: Stage = { world, chance, note, addresses: people, values: 0, isMet, ...skews };
  const helm = createHelm(world, sync, { chance, note });
  const plan = createPlanner(world, note);
  const tool = createRivalTool(world);
  const restores = createRestores(world, { chance, note });
  const storms = createStorms(world, { chance, note });
  const losses = createLosses(stage);
  const changes = createChanges(world, sync, stage);
  const silence = createSilence(stage);
  const problems: string[] = [];
  const told = (found: readonly string[]): readonly string[] =>
    restores.hasHappened() || isPlaceLost(world)
      ? found.filter((each) => !OF_A_LOSS.test(each))
      : found;
  const { script = wholeScript(ACTS) } = options;
  try {
    for (const act of script.acts) {
      beginAct(seed, act, [chance, world.chance]);
      if (options.isSteered === true && chance.isTrue(0.15)) helm.turn();
      if (options.isPlanned === true && chance.isTrue(0.2)) problems.push(...(await plan.turn()));
      if (options.isRestored === true && isMet && chance.isTrue(0.15)) restores.turn();
      if (options.isRivalled === true && isMet) tool.look();
      if (options.isStormy === true && chance.isTrue(0.3)) storms.turn();
      if (options.loss !== undefined && chance.isTrue(0.3)) losses.backUp();
      if (options.loss === 'the CRM loses its last commits') losses.flush();
      if (options.isChanged === true && chance.isTrue(0.25)) await changes.turn();
      const isCalm = script.calm.includes(act);
      if (options.isSilent === true && !isCalm && chance.isTrue(0.3)) await silence.turn();
      await takeStep(stage, isCalm);
    }
    beginAct(seed, END_OF_ACTS, [chance, world.chance]);
    problems.push(
      ...(await comeToRest(stage, options, { helm, storms, losses, changes, restores })),
    );
    if (isMistaken(world)) return { world, problems: told(world.monitor.violations), story };
    problems.push(
      ...helm.problems,
      ...findProblems(world, ALLOWED),
      ...world.witness.vanished(world),
      ...(await findRestlessness(world)),
    );
  } catch (error) {
    problems.push(String(error));
  }
  return { world, problems: told(problems), story };
}

interface Mates {
  readonly helm: Helm;
  readonly storms: Storms;
  readonly losses: Losses;
  readonly changes: Changes;
  readonly restores: Restores;
}

/** Nothing goes wrong any more, and whoever must says their word. */
async function comeToRest(
  stage: Stage,
  options: WalkOptions,
  { helm, storms, losses, changes, restores }: Mates,
): Promise<readonly string[]> {
  const { world } = stage;
  const problems: string[] = [];
  if (options.loss !== undefined) problems.push(...(await suffer(stage, losses, options.loss)));
  Object.assign(world.hazards, noHazards());
  helm.letGo();
  storms.clear();
  landAll(world);
  if (options.isChanged === true) await changes.end();
  forgive(world);
  // A ring that seems older than the last round began is not answered: until then whoever was ahead has their say.
  if (options.isSkewed === true) world.clock.advance(2 * FAR_MS);
  // A backfill that came back with the table waits so long for a page whose message is gone.
  if (options.isRestored === true || options.loss !== undefined) world.clock.advance(SILENCE_MS);
  await settle(world);
  if (options.isTimed === true || restores.hasHappened()) await sweep(world);
  if (options.loss !== undefined) problems.push(...(await recover(stage, losses)));
  return problems;
}

function worldOf(seed: number, chance: Chance, options: WalkOptions) {
  const worldMore = {
    receivesMax: 100,
    vendorSkewMs: chance.pick(
      options.isSkewed === true ? [-FAR_MS, FAR_MS] : [0, 0, -3_000, 3_000],
    ),
    pageMax: chance.pick([1, 2, 3, 50]),
    app: options.app ?? 'delta',
  };
  const isListed = worldMore.app === 'listed';
  const sync: SampleSyncOptions = {
    lanes: chance.pick([1, 2, 3]),
    phonePolicy: chance.pick(isListed ? ['crm', 'app'] : ['crm', 'app', 'newest']),
    ...(isListed ? { fields: { email_status: null } } : {}),
    // Who vanished there with what was agreed comes back with it, and no monitor can tell that from a grant.
    onAppDelete: chance.pick([
      'leave',
      'mark',
      options.loss?.startsWith('the audience') === true ? 'mark' : 'recreate',
      'delete',
    ]),
    onCrmDelete: chance.pick(['archive', 'leave', 'delete']),
    ...(isListed ? {} : { consentOwner: chance.pick(['app', 'app', 'crm']) }),
    ...(options.isTimed === true ? { modified: 'updated_at' } : {}),
  };
  return { world: createWorld({ seed, ...worldMore, sync }), sync };
}

function isPlaceLost({ steps }: World): boolean {
  return steps.trace.filter((line) => line.endsWith(' crm.currentCheckpoint')).length > 1;
}

/**
 * Whoever lost their place in the log, or their state, meets the CRM's values for the first time:
 * then policy decides between edits, who would be taken out or unsubscribed is held, and who may be two people waits.
 */
const OF_A_LOSS =
  /^email_status of row|^an edit was undone|vanished without a trace$|the sync lost its place|is excluded and .* is still in|is quarantined: .* may be two people|parks email: blocked|is quarantined: the app’s record with this address belongs/;

/** People both ends know, not all of them alike. */
function populate(world: World, chance: Chance, people: number): void {
  for (let index = 0; index < people; index += 1) {
    const active = chance.pick(['yes', 'yes', 'yes', 'no']);
    const city = chance.pick(['Ulm', 'Ulm', null]);
    const first_name = chance.pick(['Ann', 'Ann', null]);
    addPair(world, `p${index}@x.test`, { active, city, first_name });
  }
}

/** What follows a loss goes wrong like anything else. */
async function suffer(stage: Stage, losses: Losses, loss: LossName): Promise<readonly string[]> {
  Object.assign(stage.world.hazards, noHazards());
  await losses.strike(loss);
  stage.isDeserted = true;
  for (let turn = 0; turn < 6; turn += 1) await workOn(stage, turn > 3);
  Object.assign(stage.world.hazards, noHazards());
  return losses.mend();
}

/** A sweep finds what nothing announced; then life goes on. */
async function recover(stage: Stage, losses: Losses): Promise<readonly string[]> {
  const { world, chance } = stage;
  await sweep(world);
  const problems = losses.harm();
  stage.isDeserted = false;
  for (let act = 0; act < 6; act += 1) someoneActs(stage);
  await settle(world);
  if (chance.isTrue(0.5)) await sweep(world);
  return problems;
}

async function sweep(world: World): Promise<void> {
  world.clock.advance(SWEEP_MS);
  await settle(world);
}

/**
 * A record killed twice by chance is taken for one that kills, and whom the app refuses for good stands
 * in the way of others: what they hold up says nothing about the rest.
 */
export const isMistaken = ({ memory }: World): boolean =>
  readRecords(memory).some(
    ({ state: { parking } }) =>
      parking !== null && /ended the process twice|Forgotten|Compliance/.test(parking.reason),
  );

/** Who was archived or deleted at one end may rightly be missing there for good. */
const ALLOWED = {
  withoutPartner: true,
  withoutRow: true,
  // Edits by chance may look like a fight, a withdrawal whose row went may leave consent in doubt, and the app
  // does not take a subscription back that nobody withdrew.
  kinds: ['fight', 'consent', 'rejected'],
};

/** People act for a while, and nobody works for the sync meanwhile. */
export function strollFor(
  world: World,
  { seed, acts, isMet }: { readonly seed: number; readonly acts: number; readonly isMet: boolean },
): void {
  const stage: Stage = {
    world,
    chance: createChance(settingSeed(seed)),
    note: () => undefined,
    isMet,
    addresses: world.audience.members.size,
    values: 0,
  };
  for (let act = 0; act < acts; act += 1) someoneActs(stage);
}

async function takeStep(stage: Stage, isCalm: boolean): Promise<void> {
  const { chance } = stage;
  if (chance.isTrue(0.5)) {
    someoneActs(stage);
    return;
  }
  await workOn(stage, isCalm);
}

async function workOn(stage: Stage, isCalm: boolean): Promise<void> {
  const { world, chance } = stage;
  world.clock.advance(chance.pick([0, 200, 1_000, 3_000, 8_000, 30_000]));
  if (chance.isTrue(0.6)) ring(world);
  if (chance.isTrue(0.15)) repeatMessage(stage);
  Object.assign(world.hazards, noHazards());
  if (chance.isTrue(0.6) && !isCalm) prepareTrouble(stage);
  await work(stage);
}

/** A message sent earlier is delivered once more, late. */
function repeatMessage({ world, chance, note }: Stage): void {
  if (world.queues.sent.length === 0) return;
  const { group, body } = chance.pick(world.queues.sent);
  note(`again: ${group} ${body.slice(0, 120)}`);
  const waiting = world.queues.groups.get(group) ?? [];
  const at = chance.below(waiting.length + 1);
  waiting.splice(at, 0, { body, sentAt: world.clock.now(), receiveCount: chance.below(2) });
  world.queues.groups.set(group, waiting);
}

function prepareTrouble(stage: Stage): void {
  const { world, chance, note } = stage;
  const { hazards } = world;
  const kind = chance.pick(['kill', 'kill', 'kill', 'app', 'crm', 'time', 'meanwhile'] as const);
  const from = world.steps.count;
  const at = from + 1 + chance.below(25);
  note(`trouble: ${kind} at step ${at}`);
  hazards.skewMs = () => chance.pick(stage.skews ?? [-2_000, 0, 0, 2_000]);
  hazards.redeliveryMs = chance.pick([0, 2_000, 12_000]);
  if (chance.isTrue(0.5)) hazards.afterCrash = () => someoneActs(stage);
  // Half of the time where it hurts: right after something was written.
  const isAimed = chance.isTrue(0.5);
  if (kind === 'kill') {
    hazards.dies = isAimed ? onceFrom(at - 12, /push|crm\.write|intent$/) : (step) => step === at;
  }
  if (kind === 'meanwhile') {
    const isNow = isAimed ? onceFrom(at - 12, /crm\.read$|fetch|intent$/) : null;
    hazards.between = (step, label) => {
      if (isNow === null ? step === at : isNow(step, label)) someoneActs(stage);
    };
  }
  if (kind === 'time') hazards.timeIsUp = (step) => step === at;
  if (kind === 'crm') hazards.crmDown = () => world.steps.count === at;
  if (kind !== 'app') return;
  const faults = [
    'timeout-before',
    'timeout-after',
    'busy',
    'record-before',
    'record-after',
  ] as const;
  const fault = chance.pick(faults);
  hazards.appFault = (label) =>
    world.steps.count >= at - 8 && world.steps.count < at + 8 && label.startsWith('push')
      ? fault
      : null;
}

/** True once: at the first call from this step on that is called so. */
function onceFrom(from: number, name: RegExp): (step: number, label: string) => boolean {
  let isOver = false;
  return (step, label) => {
    if (isOver || step < from || !name.test(label)) return false;
    isOver = true;
    return true;
  };
}

async function work({ world, chance, note }: Stage): Promise<void> {
  for (let count = 0; count < 8 && !isDrained(world.queues); count += 1) {
    const groups = [...world.queues.groups].flatMap(([group, messages]) =>
      messages.length > 0 ? [group] : [],
    );
    const group = chance.pick(groups);
    if (chance.isTrue(0.25)) {
      const other = chance.pick(groups);
      note(`together: ${group} and ${other}`);
      await deliverTogether(world, [group, other]);
    } else {
      note(`deliver ${group}`);
      await deliver(world, group);
    }
    if (chance.isTrue(0.2)) return;
  }
}

function someoneActs(stage: Stage): void {
  const { world, chance } = stage;
  if (stage.isDeserted === true) return;
  // Who was never met is only known by the address: addresses then stay as they are.
  const moves = world.options.app === 'listed' ? LISTED_MOVES : MOVES;
  const acts = chance.isTrue(0.75) || !stage.isMet ? EDITS : moves;
  const [name, act] = chance.pick(Object.entries(acts));
  const text = act(stage);
  stage.note(`${name}: ${text ?? '–'}`);
  if (chance.isTrue(0.3)) world.clock.advance(chance.pick([100, 6_000]));
}
