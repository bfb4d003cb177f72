/**
 * A random walk with an app that shows nobody: rows change while messages are delivered late, twice, and to
 * processes that die. Two holders of one lane are left out: what a dead holder’s call does at the app after
 * somebody else told it can be seen by nobody (SPEC.md, gaps). So is an app that takes rows for one person because
 * of what both shared long ago.
 */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { Chance } from './chance.ts';
import {
  createClubWorld,
  findClubProblems,
  findClubRestlessness,
  replaceAfterLate,
  replaceAfterRestore,
} from './club-world.ts';
import { deliver, ring } from './deliver.ts';
import { isDrained } from './queues.ts';
import { createRestores } from './restores.ts';
import { beginAct, END_OF_ACTS, wholeScript, type Script } from './script.ts';
import { settle } from './settle.ts';
import { createStorms, forgive, landAll } from './storms.ts';
import { isMistaken, type WalkOptions } from './walk.ts';
import { noHazards, type World } from './world.ts';

export interface ClubWalk {
  readonly world: World;
  readonly problems: readonly string[];
  /** What happened, in words. */
  readonly story: readonly string[];
}

export const ACTS = 40;
/** Several times what the busiest walks need. */
const CALLS_MAX = 3_000;
const SILENCE_MS = 16 * 60_000;

export async function walkClub(
  seed: number,
  script: Script = wholeScript(ACTS),
  { isStormy = false, isRestored = false }: Pick<WalkOptions, 'isStormy' | 'isRestored'> = {},
): Promise<ClubWalk> {
  const pageMax = 1 + (seed % 4);
  const onCrmDelete = seed % 3 === 0 ? 'delete' : 'archive';
  const club = createClubWorld({
    seed,
    pageMax,
    receivesMax: 100,
    merges: false,
    sync: { onCrmDelete },
  });
  const { world } = club;
  world.steps.max = CALLS_MAX;
  const { chance } = world;
  const story: string[] = [];
  const note = (text: string): void => {
    story.push(text);
    world.steps.trace.push(`## ${text}`);
  };
  const storms = createStorms(world, { chance, note });
  const restores = createRestores(world, { chance, note });
  try {
    for (const act of script.acts) {
      beginAct(seed, act, [chance]);
      if (isStormy && chance.isTrue(0.3)) storms.turn();
      if (isRestored && chance.isTrue(0.2)) restores.turn();
      if (chance.isTrue(0.5)) note(someoneActs(world));
      else await work(world, note, script.calm.includes(act));
    }
    beginAct(seed, END_OF_ACTS, [chance]);
    Object.assign(world.hazards, noHazards());
    storms.clear();
    landAll(world);
    if (isStormy || isRestored) forgive(world);
    // A backfill that came back with the table waits so long for a page whose message is gone.
    if (isRestored) world.clock.advance(SILENCE_MS);
    await settle(world);
    if (isMistaken(world)) return { world, problems: world.monitor.violations, story };
    const problems = [
      ...(isRestored ? await replaceAfterRestore(club) : await replaceAfterLate(club)),
      ...findClubProblems(club),
      ...(await findClubRestlessness(club)),
    ];
    return { world, problems, story };
  } catch (error) {
    return { world, problems: [String(error)], story };
  }
}

/** Few of each, so that people share them all the time. */
const anyEmail = (chance: Chance): Value => chance.pick(['a@x.test', 'b@x.test', 'c@x.test', null]);
const anyPhone = (chance: Chance): Value => chance.pick(['1', '2', '3', null]);

function someoneActs(world: World): string {
  const { chance, crm, table } = world;
  const keys = [...table.rows.keys()];
  const key: CrmKey | null = keys.length === 0 ? null : chance.pick(keys);
  if (key === null || (keys.length < 4 && chance.isTrue(0.3))) {
    const made = crm.insert({ email: anyEmail(chance), phone: anyPhone(chance) });
    return `insert ${made}`;
  }
  if (chance.isTrue(0.15)) {
    crm.remove(key);
    return `remove ${key}`;
  }
  const change: Record<string, Value> = chance.pick([
    { email: anyEmail(chance) },
    { phone: anyPhone(chance) },
    { email: anyEmail(chance), phone: anyPhone(chance) },
    { first_name: `n${chance.below(100)}` },
    { active: chance.pick(['no', 'yes']) },
    { email_status: chance.pick(['unsubscribed', 'subscribed', null]) },
  ]);
  crm.update(key, change);
  return `update ${key} ${JSON.stringify(change)}`;
}

async function work(world: World, note: (text: string) => void, isCalm: boolean): Promise<void> {
  const { chance, clock, hazards, queues, steps } = world;
  clock.advance(chance.pick([0, 1_000, 8_000, 70_000]));
  if (chance.isTrue(0.7)) ring(world);
  Object.assign(hazards, noHazards());
  const at = steps.count + 1 + chance.below(25);
  const drawn = chance.pick(['none', 'kill', 'kill', 'app', 'time', 'crm'] as const);
  const kind = isCalm ? 'none' : drawn;
  if (kind === 'kill') hazards.dies = (step) => step === at;
  if (kind === 'time') hazards.timeIsUp = (step) => step === at;
  if (kind === 'crm') hazards.crmDown = () => steps.count === at;
  const fault = chance.pick(['timeout-before', 'timeout-after', 'busy', 'record-after'] as const);
  if (kind === 'app') hazards.appFault = () => (steps.count >= at - 6 ? fault : null);
  note(kind);
  for (let count = 0; count < 6 && !isDrained(queues); count += 1) {
    const waiting = [...queues.groups].filter(([, messages]) => messages.length > 0);
    const [group] = chance.pick(waiting);
    await deliver(world, group);
  }
  if (chance.isTrue(0.15)) repeatMessage(world);
}

/** A message sent earlier is delivered once more, late. */
function repeatMessage({ chance, queues, clock }: World): void {
  if (queues.sent.length === 0) return;
  const { group, body } = chance.pick(queues.sent);
  const waiting = queues.groups.get(group) ?? [];
  queues.groups.set(group, [...waiting, { body, sentAt: clock.now(), receiveCount: 0 }]);
}
