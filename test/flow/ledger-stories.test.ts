/** An app that shows nobody: each story with a crash after any port call, and somebody acting before the redelivery. */
import type { CrmKey } from '../../lib/engine/model.ts';
import {
  createClubWorld,
  findClubProblems,
  findClubRestlessness,
  type ClubWorld,
} from '../support/flow-world/club-world.ts';
import { settle } from '../support/flow-world/settle.ts';

interface Story {
  readonly given: readonly Record<string, string | null>[];
  readonly when: (world: ClubWorld) => void;
}

const ADA = { email: 'ada@x.test', phone: '1', first_name: 'Ada' };
const BOB = { email: 'bob@x.test', phone: '2', first_name: 'Bob' };
/** One household: another phone, the same address. */
const EVE = { email: 'ada@x.test', phone: '3', first_name: 'Eve' };
const FIRST = '1' as CrmKey;
const SECOND = '2' as CrmKey;

const stories: Readonly<Record<string, Story>> = {
  'a row is inserted': {
    given: [BOB],
    when: ({ world }) => void world.crm.insert(ADA),
  },
  'a phone number changes': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.update(FIRST, { phone: '9' }),
  },
  'a name changes': {
    given: [ADA],
    when: ({ world }) => world.crm.update(FIRST, { first_name: 'Adele' }),
  },
  'an address changes': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.update(FIRST, { email: 'new@x.test' }),
  },
  'the last identifier goes': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.update(FIRST, { email: null, phone: null }),
  },
  'a row is deleted': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.remove(FIRST),
  },
  'a row leaves the filter': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.update(FIRST, { active: 'no' }),
  },
  'consent is withdrawn': {
    given: [ADA, BOB],
    when: ({ world }) => world.crm.update(FIRST, { email_status: 'unsubscribed' }),
  },
  'one of two people with one address leaves': {
    given: [ADA, EVE],
    when: ({ world }) => world.crm.remove(FIRST),
  },
  'one of two people with the same identifiers leaves': {
    given: [ADA, { ...ADA, first_name: 'Twin' }],
    when: ({ world }) => world.crm.remove(SECOND),
  },
  'both people with one address leave at once': {
    given: [ADA, EVE, BOB],
    when: ({ world }) => {
      world.crm.remove(FIRST);
      world.crm.update(SECOND, { active: 'no' });
    },
  },
  'one leaves as another takes the address up': {
    given: [ADA, BOB],
    when: ({ world }) => {
      world.crm.remove(FIRST);
      world.crm.update(SECOND, { email: ADA.email });
    },
  },
  'two exchange their addresses': {
    given: [ADA, BOB],
    when: ({ world }) => {
      world.crm.update(FIRST, { email: BOB.email });
      world.crm.update(SECOND, { email: ADA.email });
    },
  },
};

interface Fate {
  readonly crashAfter?: number;
  readonly afterCrash?: (world: ClubWorld) => void;
}

async function run({ given, when }: Story, { crashAfter, afterCrash }: Fate = {}) {
  const club = createClubWorld({ seed: 1 });
  const { world } = club;
  for (const person of given) world.crm.insert(person);
  await settle(world);
  const before = findClubProblems(club);
  world.clock.advance(60_000);
  const from = world.steps.count;
  if (crashAfter !== undefined) world.hazards.dies = (step) => step === from + crashAfter;
  if (afterCrash !== undefined) world.hazards.afterCrash = () => afterCrash(club);
  when(club);
  await settle(world);
  const steps = world.steps.count - from;
  const problems = [...before, ...findClubProblems(club), ...(await findClubRestlessness(club))];
  return { steps, problems, club };
}

async function explore(story: Story, afterCrash?: Fate['afterCrash']): Promise<string[]> {
  const quiet = await run(story);
  const failures = [...quiet.problems];
  for (let crashAfter = 1; crashAfter <= quiet.steps; crashAfter += 1) {
    const fate = afterCrash === undefined ? { crashAfter } : { crashAfter, afterCrash };
    const { problems, club } = await run(story, fate);
    const at = club.world.steps.trace.find((line) => line.startsWith('--')) ?? '';
    failures.push(...problems.map((problem) => `${at}: ${problem}`));
  }
  return failures;
}

describe('an app that shows nobody, with a crash after any port call', () => {
  test.each(Object.entries(stories))('%s', async (_name, story) => {
    expect(await explore(story)).toEqual([]);
  });

  test.each(Object.entries(stories))(
    '%s, and the row changes before the redelivery',
    async (_name, story) => {
      expect(
        await explore(story, ({ world }) =>
          world.crm.update(FIRST, { email: 'late@x.test', phone: '7' }),
        ),
      ).toEqual([]);
    },
  );

  test.each(Object.entries(stories))(
    '%s, and the row goes before the redelivery',
    async (_name, story) => {
      expect(await explore(story, ({ world }) => world.crm.remove(FIRST))).toEqual([]);
    },
  );
});

describe('an app that shows nobody', () => {
  test('hears of nothing that it was told already', async () => {
    const { club } = await run({
      given: [ADA],
      when: ({ world }) => world.crm.update(FIRST, { city: 'Rome' }),
    });
    expect(club.world.monitor.writes.filter((write) => write.startsWith('in:'))).toHaveLength(1);
  });

  test('is never told to take out what somebody else bears, not even for a moment', async () => {
    const { club } = await run({
      given: [ADA, EVE],
      when: ({ world }) => world.crm.remove(FIRST),
    });
    const { writes } = club.world.monitor;
    expect(writes.filter((write) => write.startsWith('out:'))).toEqual(['out: p:1']);
  });

  test('loses whoever withdrew consent from everything, and whoever left the filter from its object alone', async () => {
    const withdrawn = await run({
      given: [ADA],
      when: ({ world }) => world.crm.update(FIRST, { email_status: 'complained' }),
    });
    expect([...withdrawn.club.club.banned].sort()).toEqual(['e:ada@x.test', 'p:1']);
    const left = await run({
      given: [ADA],
      when: ({ world }) => world.crm.update(FIRST, { active: 'no' }),
    });
    expect([...left.club.club.banned]).toEqual([]);
  });
});
