/** Everybody who waits for a person or a time, page by page of the sparse index, in the order of their keys. */
import type { StateStore, StoredRecord } from '../ports/state.ts';

export async function* walkInbox(
  state: Pick<StateStore, 'inbox'>,
  sync: string,
  pageMax: number,
): AsyncGenerator<readonly StoredRecord[]> {
  let cursor: string | null = null;
  do {
    const page = await state.inbox(sync, cursor, pageMax);
    yield page.records;
    ({ cursor } = page);
  } while (cursor !== null);
}
