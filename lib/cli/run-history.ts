/** What `trivet history` does: a record's entries page by page, printed as they are read, so that a long history is no list in memory. */
import type { CrmKey } from '../engine/model.ts';
import type { HistoryEntry } from '../ports/state.ts';
import { wrongUsage } from './failure.ts';
import { formatEntry } from './print/history.ts';
import { createInk } from './print/ink.ts';
import { shellWord } from './print/words.ts';
import { requireSync, type Target } from './target.ts';
import { nameTarget, placeOf, withTarget, type TargetOptions } from './with-target.ts';

export interface HistoryOptions extends TargetOptions {
  readonly limit?: number;
  readonly from?: string;
}

const PAGE = 100;

export async function printHistory(
  syncName: string,
  key: string,
  field: string | undefined,
  options: HistoryOptions,
): Promise<void> {
  await withTarget(options, {}, async (target) => {
    const sync = requireSync(target, syncName);
    const known = sync.spec.fields.map(({ column }) => column);
    if (field !== undefined && !known.includes(field))
      throw wrongUsage(
        `There is no field “${field}” in ${syncName}; there is ${known.join(', ')}.`,
      );
    if (options.from !== undefined && !/^\d{16}(#[\w-]*)?$/.test(options.from))
      throw wrongUsage(`“${options.from}” is no place in a history; leave --from out.`);
    const print = options.json === true ? asJson(target) : asText(target);
    const asked = { sync: syncName, key: key as CrmKey, field: field ?? null };
    print.head(asked);
    const { cursor, count } = await tell(target, asked, options, print);
    print.end(asked, { cursor, count });
  });
}

interface Asked {
  readonly sync: string;
  readonly key: CrmKey;
  readonly field: string | null;
}

interface Told {
  /** Where what is older begins; null: that was all. */
  readonly cursor: string | null;
  readonly count: number;
}

interface Printer {
  head(asked: Asked): void;
  entry(asked: Asked, entry: HistoryEntry): void;
  end(asked: Asked, told: Told): void;
}

async function tell(
  { state }: Target,
  asked: Asked,
  { limit = Number.MAX_SAFE_INTEGER, from }: HistoryOptions,
  print: Printer,
): Promise<Told> {
  let cursor = from ?? null;
  let count = 0;
  do {
    // Read no further than is printed: the cursor is the place of the last entry that was.
    const page = await state.readPage(asked.sync, asked.key, {
      cursor,
      limit: Math.min(PAGE, limit - count),
    });
    ({ cursor } = page);
    for (const entry of page.entries) {
      const about = aboutField(entry, asked.field);
      if (about === null) continue;
      count += 1;
      print.entry(asked, about);
    }
  } while (cursor !== null && count < limit);
  return { cursor, count };
}

/** What an entry says of one field, or of the record as a whole; null: nothing. */
function aboutField(entry: HistoryEntry, field: string | null): HistoryEntry | null {
  if (field === null) return entry;
  const decisions = entry.decisions.filter((each) => each.field === field || each.field === null);
  return decisions.length === 0 ? null : { ...entry, decisions };
}

const write = (line: string): void => void process.stdout.write(`${line}\n`);

const asJson = (target: Target): Printer => ({
  head: () => undefined,
  entry: ({ sync, key }, entry) =>
    write(JSON.stringify({ ...placeOf(target), sync, key, ...entry })),
  end: ({ sync, key }, { cursor, count }) =>
    write(JSON.stringify({ ...placeOf(target), sync, key, entries: count, cursor })),
});

function asText(target: Target): Printer {
  const ink = createInk(process.stdout);
  return {
    head: ({ sync, key, field }) => {
      write(ink.paint('dim', nameTarget(target)));
      write(ink.paint('bold', `${sync} · record ${key}${field === null ? '' : ` · ${field}`}`));
    },
    entry: (_asked, entry) => {
      for (const line of formatEntry(ink, entry, Date.now())) write(line);
    },
    end: ({ sync, key, field }, { cursor, count }) => {
      const { historyDays } = target.config;
      if (count === 0 && cursor === null) write(`No decisions in the last ${historyDays} days.`);
      if (cursor === null) return;
      const words = [sync, shellWord(key), ...(field === null ? [] : [field])].join(' ');
      write(ink.paint('dim', `older: npx trivet history ${words} --from '${cursor}'`));
    },
  };
}
