/** Everybody at an app that shows nobody is replaced, with a crash after any port call, and people at work meanwhile. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { askRebuild } from '../../lib/flow/rebuild.ts';
import {
  createClubWorld,
  findClubProblems,
  findClubRestlessness,
  type ClubOptions,
  type ClubWorld,
} from '../support/flow-world/club-world.ts';
import { settle } from '../support/flow-world/settle.ts';

const PEOPLE = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name, index) => ({
  email: `${name}@x.test`,
  phone: index === 4 ? '1' : String(index),
  first_name: name,
}));
const key = (nth: number): CrmKey => String(nth) as CrmKey;

interface Fate {
  readonly people?: typeof PEOPLE;
  readonly crashAfter?: number;
  /** Somebody acts at this step. */
  readonly at?: number;
  readonly act?: (world: ClubWorld) => void;
  readonly prepare?: (world: ClubWorld) => void;
  readonly sync?: ClubOptions['sync'];
}

/** In step, and then with people in the club whom nobody remembers. */
async function rebuild({ people = PEOPLE, crashAfter, at, act, prepare, sync }: Fate = {}) {
  const club = createClubWorld({ seed: 1, ...(sync === undefined ? {} : { sync }) });
  const { world } = club;
  for (const person of people) world.crm.insert(person);
  await settle(world);
  for (const stranger of ['x', 'y']) club.club.rows.set(stranger, [`e:${stranger}@old.test`]);
  world.clock.advance(60_000);
  prepare?.(club);
  await askRebuild(world.context(world.start()), 'ann');
  const from = world.steps.count;
  if (crashAfter !== undefined) world.hazards.dies = (step) => step === from + crashAfter;
  if (at !== undefined)
    world.hazards.between = (step) => {
      if (step === from + at) act?.(club);
    };
  await settle(world);
  const steps = world.steps.count - from;
  // What was done after the last round had read its sources is for the next.
  await settle(world);
  const problems = [...findClubProblems(club), ...(await findClubRestlessness(club))];
  return { club, steps, problems };
}

async function atEachStep(fateOf: (step: number) => Fate): Promise<string[]> {
  const quiet = await rebuild();
  const failures = [...quiet.problems];
  for (let step = 1; step <= quiet.steps; step += 1) {
    const { problems, club } = await rebuild(fateOf(step));
    const label = club.world.steps.trace.find((line) => line.startsWith(`${step} `)) ?? '';
    failures.push(...problems.map((problem) => `step ${step} (${label}): ${problem}`));
  }
  return failures;
}

describe('a rebuild', () => {
  test('leaves exactly those in who are to be in, in one session whose batches are full', async () => {
    const { club, problems } = await rebuild();
    expect(problems).toEqual([]);
    const batches = club.world.monitor.writes.filter((write) => write.startsWith('batch'));
    expect(batches).toEqual(['batch 1: 2', 'batch 3: 2', 'batch 4: 1']);
    expect([...club.club.sessions.values()]).toEqual([true]);
  });

  test('survives a crash after any port call', async () => {
    expect(await atEachStep((crashAfter) => ({ crashAfter }))).toEqual([]);
  });

  test('lets a change wait that comes in the middle of it, whenever it comes', async () => {
    const act = ({ world }: ClubWorld) => {
      world.crm.update(key(1), { phone: '9' });
      world.crm.remove(key(2));
      world.crm.insert({ email: 'new@x.test', phone: null });
    };
    expect(await atEachStep((at) => ({ at, act }))).toEqual([]);
  });

  test('goes on singly when the app ends its session early', async () => {
    const prepare = ({ club, world }: ClubWorld) => {
      world.hazards.between = () => {
        for (const session of club.sessions.keys()) club.sessions.set(session, true);
      };
    };
    const { club, problems } = await rebuild({ prepare });
    expect(problems).toEqual([]);
    expect(club.club.rows.has('x')).toBe(false);
  });

  test('ends with somebody when the last page has nobody to send', async () => {
    const prepare = ({ world }: ClubWorld) => {
      for (const nth of [3, 4, 5]) world.crm.update(key(nth), { active: 'no' });
    };
    const { club, problems } = await rebuild({ prepare });
    expect(problems).toEqual([]);
    expect([...club.club.sessions.values()]).toEqual([true]);
  });

  test('takes out whom the configuration would leave, and forgets them', async () => {
    const { club, problems } = await rebuild({
      sync: { onCrmDelete: 'leave' },
      prepare: ({ world }) => world.crm.update(key(1), { active: 'no' }),
    });
    expect(problems).toEqual([]);
    expect(club.club.rows.size).toBe(4);
  });

  test('of nobody at all begins no session', async () => {
    const { club, problems } = await rebuild({ people: [] });
    expect(club.club.sessions.size).toBe(0);
    expect(problems).toEqual(['e:x@old.test is left over in x', 'e:y@old.test is left over in y']);
  });

  test('leaves whoever is refused to the search that follows, and the others in', async () => {
    const refused = { email: 'refuse@x.test', phone: null as never, first_name: 'no' };
    const { problems } = await rebuild({ people: [...PEOPLE, refused] });
    expect(problems.filter((problem) => !problem.includes('6'))).toEqual([]);
    expect(problems).toContain('record 6 is quarantined: no such person');
  });
});
