/** What brakes let through, changed by several lanes at once: read, reckoned, and stored on condition that nobody did meanwhile. */
import { reserve, type BrakeBook, type Passage, type Request } from '../engine/brakes.ts';
import type { Caps } from '../engine/caps.ts';
import type { BrakeStore } from '../ports/state.ts';

export async function changeBook(
  state: BrakeStore,
  sync: string,
  change: (book: BrakeBook) => BrakeBook,
): Promise<void> {
  for (;;) {
    const { version, ...book } = await state.loadBook(sync);
    if ((await state.saveBook(sync, { ...change(book), version })) === 'saved') return;
  }
}

/** How many of those that ask may pass. What passes is stored before anything of it is written. */
export async function reservePassage(
  state: BrakeStore,
  sync: string,
  caps: Caps,
  request: Request,
): Promise<Passage> {
  for (;;) {
    const { version, ...book } = await state.loadBook(sync);
    const passage = reserve(book, caps, request);
    const counts = [...Object.values(passage.fresh), ...Object.values(passage.held)];
    if (!passage.isFirstStop && counts.every((count) => count === 0)) return passage;
    if ((await state.saveBook(sync, { ...passage.book, version })) === 'saved') return passage;
  }
}
