/**
 * Cycles: what one app makes of a value reaches the other through the CRM, and what that makes of it comes back.
 * Whatever the field maps are, as long as the configuration is accepted, it comes to rest, or a field parks.
 */
import fc from 'fast-check';
import {
  compileStory,
  cycleStories,
  MAPPED,
  tellCycleStory,
  type CycleStory,
  type Ending,
} from '../support/flow-world/cycle-stories.ts';

/** Rounds of both syncs for one batch of edits; the most that was seen in thousands of stories is 12. */
const ROUNDS_MAX = 20;
/** Of each column, in each sync, at each end: a fight is over after three, and the answer to it is one more. */
const WRITES_MAX = MAPPED.length * 2 * 2 * 4;

async function tell(story: CycleStory): Promise<Ending> {
  const compiled = compileStory(story);
  if ('refusals' in compiled) throw new Error(compiled.refusals.join('\n'));
  return tellCycleStory(compiled.syncs, story);
}

const isAccepted = (story: CycleStory): boolean => 'syncs' in compileStory(story);

test('whatever the maps are, everything comes to rest or parks, and is then left alone', async () => {
  await fc.assert(
    fc.asyncProperty(cycleStories.filter(isAccepted), async (story) => {
      const { problems, courses } = await tell(story);
      expect(problems).toEqual([]);
      for (const { rounds, writes } of courses) {
        expect(rounds).toBeLessThanOrEqual(ROUNDS_MAX);
        expect(writes).toBeLessThanOrEqual(WRITES_MAX);
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);

test('a map is refused for one reason alone: a column that both apps own', () => {
  fc.assert(
    fc.property(cycleStories, (story) => {
      const isOwnedTwice = MAPPED.some((column) =>
        [story.news, story.offers].every(({ fields }) => fields[column]?.owner === 'app'),
      );
      const compiled = compileStory(story);
      expect('refusals' in compiled).toBe(isOwnedTwice);
      if (!('refusals' in compiled)) return;
      for (const refusal of compiled.refusals) expect(refusal).toContain('at most one owning app');
    }),
  );
});

describe('a name that', () => {
  const shared = { owner: 'shared', onConflict: 'newest', type: 'text' } as const;
  const nothing = { first_name: null, city: null, phone: null, company: null };
  const by = (how: 'upper' | 'lower' | 'cut' | 'dashed') => ({
    fields: { ...nothing, first_name: shared },
    isComputing: false,
    habits: [{ from: 'first_name', to: 'first_name', how } as const],
  });
  const edited = (value: string): CycleStory['edits'] => [
    [{ where: 'crm', column: 'first_name', value }],
  ];

  test('one app writes large and the other small parks, and is written no more', async () => {
    const story = { news: by('upper'), offers: by('lower'), trigger: [], seed: 1 };
    const { parked, problems } = await tell({ ...story, edits: edited('Ann Lee') });
    expect(parked).toContain('first_name');
    expect(problems).toEqual([]);
  });

  test('one app writes large and the other with dashes ends large and with dashes', async () => {
    const story = { news: by('upper'), offers: by('dashed'), trigger: [], seed: 1 };
    const { parked, problems, courses } = await tell({ ...story, edits: edited('Ann Lee') });
    expect({ parked, problems }).toEqual({ parked: [], problems: [] });
    // To both, back from both, and the last of them to the other one.
    expect(courses[0]?.writes).toBeLessThanOrEqual(6);
  });
});

test('a number of which the CRM makes something unreadable parks, and is written once', async () => {
  const nothing = { first_name: null, company: null, city: null, phone: null };
  const phone = { owner: 'app', onConflict: 'crm', type: 'phone' } as const;
  const { parked, problems, courses } = await tell({
    news: { fields: { ...nothing, phone }, isComputing: false, habits: [] },
    offers: { fields: nothing, isComputing: false, habits: [] },
    trigger: [{ from: 'first_name', to: 'phone', how: 'upper' }],
    edits: [
      [{ where: 'news', column: 'phone', value: '+49 30 5550' }],
      [{ where: 'crm', column: 'first_name', value: 'ann lee' }],
    ],
    seed: 1,
  });
  expect({ parked: new Set(parked), problems }).toEqual({
    parked: new Set(['phone']),
    problems: [],
  });
  expect(courses.map(({ writes }) => writes)).toEqual([1, 0]);
});
