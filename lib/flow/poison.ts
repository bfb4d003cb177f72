/**
 * A record that kills its process must not take its page with it. From the second delivery on, records
 * are marked before they are worked, in small portions at first and alone once marked; a record found
 * marked twice has killed twice and is quarantined.
 */
import type { SyncContext } from './context.ts';
import { quarantine } from './park.ts';
import type { Work } from './work.ts';

const PORTION = 25;
export const MARKS_MAX = 2;

export interface Portion {
  readonly works: readonly Work[];
  readonly rest: readonly Work[];
}

export async function nextPortion(
  context: SyncContext,
  works: readonly Work[],
  receiveCount: number,
): Promise<Portion> {
  if (receiveCount <= 1) return { works, rest: [] };
  const suspects = works.filter(({ stored }) => stored.marks > 0);
  const portion = suspects.length > 0 ? suspects.slice(0, 1) : works.slice(0, PORTION);
  const rest = works.filter((work) => !portion.includes(work));
  const [first] = portion;
  if (first !== undefined && first.stored.marks >= MARKS_MAX) {
    quarantine(context, first, 'working on this record ended the process twice');
    return { works: portion, rest };
  }
  await mark(context, portion);
  return { works: portion, rest };
}

async function mark(context: SyncContext, works: readonly Work[]): Promise<void> {
  const marked = works.map(({ stored }) => ({ ...stored, marks: stored.marks + 1 }));
  const outcomes = await context.state.save(context.sync.spec.name, marked);
  for (const [index, work] of works.entries()) {
    const record = marked[index];
    if (record === undefined || outcomes[index] !== 'saved') work.progress = 'again';
    else work.stored = { ...record, version: record.version + 1 };
  }
}
