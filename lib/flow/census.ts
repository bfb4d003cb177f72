/**
 * How many records are linked, for caps that are a share of them. Counted once a day, a few pages in each
 * round, and only where a cap asks for it; until the next count is done the last one holds.
 */
import { hasShares } from '../engine/caps.ts';
import type { RecordState } from '../engine/model.ts';
import { changeBook } from './book.ts';
import type { SyncContext } from './context.ts';

const DAY_MS = 86_400_000;
const PAGE = 500;
const PAGES_PER_ROUND = 10;

export async function takeCensus(context: SyncContext): Promise<void> {
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  if (!hasShares(sync.brakes)) return;
  const { census, countedAt } = await state.loadBook(name);
  const now = clock.now();
  if (census === null && countedAt !== null && now - countedAt < DAY_MS) return;
  let { cursor, counted } = census ?? { cursor: null, counted: 0 };
  for (let pages = 0; pages < PAGES_PER_ROUND; pages += 1) {
    const page = await state.scan(name, cursor, PAGE);
    counted += page.records.filter((record) => isLinked(record.state)).length;
    ({ cursor } = page);
    if (cursor === null) break;
  }
  await changeBook(state, name, (book) =>
    cursor === null
      ? { ...book, census: null, linked: counted, countedAt: now }
      : { ...book, census: { cursor, counted } },
  );
}

const isLinked = ({ shadow }: RecordState): boolean =>
  shadow?.existence.c === 'present' && shadow.existence.r === 'present';
