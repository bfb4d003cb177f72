/** Many seeds: given out in blocks, counted, and stopped at the first that fails, unless asked to go on. */
import { createCrew, type Crew, type SeedResult } from './crew.ts';

export interface Tally {
  readonly seeds: number;
  readonly steps: number;
  readonly seconds: number;
  readonly failed: readonly SeedResult[];
  /** Runs by kind: some seeds have two. */
  readonly kinds: Readonly<Record<string, number>>;
}

export interface Course {
  readonly from: number;
  readonly count: number;
  readonly minutes: number | null;
  readonly jobs: number;
  readonly kind: string | null;
  readonly goesOn: boolean;
  /** Told now and then how far it is. */
  readonly onProgress: (tally: Tally) => void;
  readonly now: () => number;
}

const BLOCK = 20;
const PROGRESS_MS = 5_000;

export async function runSeeds(course: Course): Promise<Tally> {
  const beganAt = course.now();
  const endsAt = course.minutes === null ? Infinity : beganAt + course.minutes * 60_000;
  const end = course.from + course.count;
  const failed: SeedResult[] = [];
  const kinds: Record<string, number> = {};
  let [next, seeds, steps, toldAt] = [course.from, 0, 0, beganAt];
  const tally = (): Tally => ({
    seeds,
    steps,
    seconds: (course.now() - beganAt) / 1000,
    failed: failed.toSorted((a, b) => a.seed - b.seed),
    kinds,
  });
  const isOver = (): boolean =>
    next >= end || course.now() >= endsAt || (failed.length > 0 && !course.goesOn);
  const serve = async (member: Crew): Promise<void> => {
    while (!isOver()) {
      const from = next;
      const count = Math.min(BLOCK, end - from);
      next = from + count;
      const results = await member.run({ from, count, kind: course.kind });
      seeds += count;
      for (const result of results) {
        steps += result.steps;
        kinds[result.kind] = (kinds[result.kind] ?? 0) + 1;
        if (result.problems.length > 0) failed.push(result);
      }
      if (course.now() - toldAt < PROGRESS_MS) continue;
      toldAt = course.now();
      course.onProgress(tally());
    }
  };
  const crew = createCrew(course.jobs);
  try {
    await Promise.all(crew.map(serve));
  } finally {
    await Promise.all(crew.map((member) => member.dismiss()));
  }
  return tally();
}
