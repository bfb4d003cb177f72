/** The bounds of the exact counts, as the project promises them. Pure. */

const ROWS_PER_BATCH = 500;
const ROWS_PER_PAGE = 1_000;

/** App writes of a first sync of so many contacts. */
export const firstSyncWritesMax = (contacts: number, lanes: number): number =>
  Math.floor(Math.ceil(contacts / ROWS_PER_BATCH) * 1.02 + 2 * lanes);

/** Reads of a first sync that meets so many members. */
export const firstSyncReadsMax = (members: number): number =>
  Math.ceil(members / ROWS_PER_PAGE) + 4;

/** App writes for so many changed contacts. */
export const changedWritesMax = (changed: number, lanes: number): number =>
  Math.ceil(changed / ROWS_PER_BATCH) + lanes;

export const IDLE_APP_CALLS_MAX = 2;
export const IDLE_STATE_UNITS_MAX = 5;

/** Units of state for one record of ordinary size. */
export const PER_RECORD = {
  readsFromCrm: 1,
  readsFromApp: 2,
  writes: 1,
  writesWithIntent: 2,
  readsOfEcho: 2,
  writesOfEcho: 0,
  writesPerLink: 4,
} as const;
