/**
 * Two apps of one CRM whose field maps are drawn by lot, and what each end makes of values by itself: the CRM's
 * trigger at once, the apps some time after they were written to. So a value can go round: app → CRM → app → CRM.
 */
import fc from 'fast-check';
import { ConfigError, defineTrivet } from '../../../lib/config/define.ts';
import { mailchimp, phone, postgres, text } from '../../../lib/config/index.ts';
import type { SyncConfig } from '../../../lib/config/model.ts';
import type { Values } from './crm-table.ts';
import type { Member } from './audience.ts';
import { countWrites, createNeighbours, parkedIn, tidyUp, type Neighbours } from './neighbours.ts';
import { COMPANY, FULL_PATH, PATHS } from './sample-sync.ts';
import { FIRST } from './scenario-parts.ts';
import { settleTogether } from './settle.ts';
import { findProblems, findRestlessness } from './verdict.ts';

const PLACES = {
  first_name: PATHS.first_name,
  city: PATHS.city,
  phone: PATHS.phone,
  company: COMPANY.app,
  /** Computed: its path is in the app alone. */
  full_name: FULL_PATH,
} as const;
type Column = Exclude<keyof typeof PLACES, 'full_name'>;
/** What is made of another column is made of one before it: a ring of automations turns by itself, with or without us. */
export const MAPPED = ['first_name', 'company', 'city', 'phone'] as const;

const TYPES = { text: text(), short: text(5), phone: phone({ defaultCountry: 'DE' }) } as const;

/** What an end makes of a value. Done to what it made itself, each leaves it as it is. */
const MANNERS = {
  upper: (value: string) => value.toUpperCase(),
  lower: (value: string) => value.toLowerCase(),
  cut: (value: string) => value.slice(0, 3),
  digits: (value: string) => value.replaceAll(/\D/g, '') || value,
  dashed: (value: string) => value.trim().replaceAll(' ', '-'),
} as const;

/** `to` becomes what is made of `from`. */
interface Habit {
  readonly from: keyof typeof PLACES;
  readonly to: Column;
  readonly how: keyof typeof MANNERS;
}

interface Field {
  readonly owner: 'crm' | 'app' | 'shared';
  readonly onConflict: 'crm' | 'app' | 'newest' | 'manual';
  readonly type: keyof typeof TYPES;
}

interface AppStory {
  readonly fields: Readonly<Record<Column, Field | null>>;
  readonly isComputing: boolean;
  readonly habits: readonly Habit[];
}

interface Edit {
  readonly where: 'crm' | 'news' | 'offers';
  readonly column: Column;
  readonly value: string | null;
}

export interface CycleStory {
  readonly news: AppStory;
  readonly offers: AppStory;
  readonly trigger: readonly Habit[];
  /** Those of one list are made at one time. */
  readonly edits: readonly (readonly Edit[])[];
  readonly seed: number;
}

const columns = fc.constantFrom(...MAPPED);
const manners = fc.constantFrom(...(Object.keys(MANNERS) as (keyof typeof MANNERS)[]));

/** A column is tidied, or made of one before it. */
const ownHabits: fc.Arbitrary<Habit> = fc
  .record({ from: columns, to: columns, how: manners })
  .filter(({ from, to }) => MAPPED.indexOf(from) <= MAPPED.indexOf(to));

/** An app also takes something out of what Trivet computed for it of the first two. */
const appHabits: fc.Arbitrary<Habit> = fc.oneof(
  ownHabits,
  fc.record({
    from: fc.constant('full_name' as const),
    to: fc.constantFrom('city', 'phone'),
    how: manners,
  }),
);

const fieldOf = (...types: readonly Field['type'][]): fc.Arbitrary<Field | null> =>
  fc.option(
    fc.record({
      owner: fc.constantFrom('crm', 'app', 'shared'),
      onConflict: fc.constantFrom('crm', 'app', 'newest', 'manual'),
      type: fc.constantFrom(...types),
    }),
    { freq: 6 },
  );
const words = fieldOf('text', 'short');

const apps: fc.Arbitrary<AppStory> = fc.record({
  fields: fc.record({
    first_name: words,
    company: words,
    city: words,
    // Of words that come to stand there it can read none.
    phone: fieldOf('text', 'text', 'phone'),
  }),
  isComputing: fc.boolean(),
  habits: fc.array(appHabits, { maxLength: 3 }),
});

const edits: fc.Arbitrary<Edit> = fc.record({
  where: fc.constantFrom('crm', 'news', 'offers'),
  column: columns,
  value: fc.constantFrom('ann lee', 'Ann Lee', ' BOB', '+49 30 5550', '03055', null),
});

export const cycleStories: fc.Arbitrary<CycleStory> = fc.record({
  news: apps,
  offers: apps,
  trigger: fc.array(ownHabits, { maxLength: 3 }),
  edits: fc.array(fc.array(edits, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  seed: fc.nat(1000),
});

const fullName = (row: Readonly<Record<string, unknown>>): string =>
  [row['first_name'], row['company']].filter((word) => typeof word === 'string').join(' of ');

function inputOf(app: 'news' | 'offers', { fields: given, isComputing }: AppStory): object {
  const mapped = MAPPED.flatMap((column) => {
    const field = given[column];
    if (field === null) return [];
    const { owner, onConflict, type } = field;
    const policy = owner === 'shared' ? { onConflict } : {};
    return [[column, { app: PLACES[column], type: TYPES[type], owner, ...policy }] as const];
  });
  const full = {
    app: FULL_PATH,
    type: text(),
    from: fullName,
    reads: ['first_name', 'company'],
  };
  return {
    name: `contacts-${app}`,
    table: 'contacts',
    key: 'id',
    app,
    match: { email: PATHS.email },
    fields: {
      email: { app: PATHS.email, type: text(), owner: 'crm' },
      ...Object.fromEntries(mapped),
    },
    ...(isComputing ? { computed: { full_name: full } } : {}),
    lanes: 2,
  };
}

/** As the configuration compiles them; or what it says against them. */
export function compileStory({
  news,
  offers,
}: Pick<CycleStory, 'news' | 'offers'>):
  | { readonly syncs: readonly [SyncConfig, SyncConfig] }
  | { readonly refusals: readonly string[] } {
  const define = defineTrivet as (input: object) => { readonly syncs: readonly SyncConfig[] };
  try {
    const [first, second] = define({
      crm: postgres({ secret: 'crm' }),
      apps: {
        news: mailchimp({ audience: 'a1', secret: 'one' }),
        offers: mailchimp({ audience: 'a2', secret: 'two' }),
      },
      syncs: [inputOf('news', news), inputOf('offers', offers)],
    }).syncs;
    if (first === undefined || second === undefined) throw new Error('a sync was left out');
    return { syncs: [first, second] };
  } catch (error) {
    if (error instanceof ConfigError) return { refusals: error.problems };
    throw error;
  }
}

type Texts = Record<string, Values[string]>;

/** Habits, one after the other; `nameOf`: what a column is called at that end. */
function live(habits: readonly Habit[], texts: Texts, nameOf: (column: Habit['from']) => string) {
  for (const { from, to, how } of habits) {
    const value = texts[nameOf(from)];
    if (typeof value === 'string') texts[nameOf(to)] = MANNERS[how](value);
  }
}

/** What one batch of edits led to. */
export interface Course {
  readonly rounds: number;
  readonly writes: number;
}

export interface Ending {
  readonly courses: readonly Course[];
  /** Columns that stand parked, of either sync. */
  readonly parked: readonly string[];
  readonly problems: readonly string[];
}

export async function tellCycleStory(
  syncs: readonly [SyncConfig, SyncConfig],
  story: CycleStory,
): Promise<Ending> {
  const worlds = createNeighbours(syncs, {
    seed: story.seed,
    trigger: (cells) => {
      const texts = { ...cells };
      live(story.trigger, texts, (column) => column);
      return texts;
    },
  });
  const habits = [story.news.habits, story.offers.habits];
  const tidy = (n: number) => (member: Member) =>
    live(habits[n] ?? [], member.profile, (column) => PLACES[column]);
  const stir = (): boolean => worlds.map((world, n) => tidyUp(world, tidy(n))).includes(true);
  for (const name of ['ann', 'bob'])
    worlds[0].crm.insert({ email: `${name}@crm.test`, first_name: name, city: 'Ulm' });
  await settleTogether(worlds, stir);
  const courses: Course[] = [];
  for (const together of story.edits) {
    const before = worlds.map(({ monitor }) => monitor.writes.length);
    for (const edit of together) make(worlds, edit);
    const rounds = await settleTogether(worlds, stir);
    const counts = worlds.map((world, n) => countWrites(world, before[n]));
    courses.push({ rounds, writes: counts.reduce((sum, { app, crm }) => sum + app + crm, 0) });
  }
  const problems: string[] = [];
  for (const world of worlds) {
    problems.push(...findProblems(world, { parked: MAPPED }), ...(await findRestlessness(world)));
  }
  if (stir()) problems.push('an app went on by itself');
  const parked = worlds.flatMap(({ memory }) => parkedIn(memory));
  return { courses, parked, problems };
}

function make(worlds: Neighbours, { where, column, value }: Edit): void {
  const [news, offers] = worlds;
  if (where === 'crm') news.crm.update(FIRST, { [column]: value });
  else
    (where === 'news' ? news : offers)?.audience.people.update('ann@crm.test', {
      [PLACES[column]]: value,
    });
}
