/**
 * What a sweep finds, counted: every record of both ends and of our memory stands in one of these places, and whoever
 * is not equal has a word for why. Pure.
 */
import type { CrmKey, RecordState } from './model.ts';
import { labelOf, reasonOf } from './record-label.ts';

/** Records by why. */
export type WhyCounts = Readonly<Record<string, number>>;

export interface SweepTally {
  /** At both ends, equal in every mapped field (or rewritten by an end), and out of traffic in none. */
  readonly equal: number;
  /** At both ends, and something of them waits, or was found to differ. */
  readonly differing: WhyCounts;
  readonly onlyCrm: WhyCounts;
  readonly onlyApp: WhyCounts;
  /** We remember them, and neither end has them. */
  readonly gone: number;
  /** Sent to their lanes to be looked at, and repaired there. */
  readonly sent: number;
  /** Some of those that are not equal. */
  readonly samples: readonly SweepSample[];
}

export interface SweepSample {
  readonly key: CrmKey;
  readonly why: string;
}

export const NO_TALLY: SweepTally = {
  equal: 0,
  differing: {},
  onlyCrm: {},
  onlyApp: {},
  gone: 0,
  sent: 0,
  samples: [],
};

/** A tally of a whole sweep: proof of how both ends stood while it ran. */
export interface Proof extends SweepTally {
  readonly id: string;
  /** The person's order it answers, by the time of that order; null: the schedule's. */
  readonly order: number | null;
  readonly reason: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Rows the CRM showed, and records the app showed; null: it cannot be read, and its ledger was compared instead. */
  readonly rows: number;
  readonly members: number | null;
}

export type Place = 'equal' | 'differing' | 'onlyCrm' | 'onlyApp' | 'gone';

const SAMPLES_MAX = 20;

/** Adds up. Differences that nobody announced come first in the samples: those of parked records are in `conflicts`. */
export interface TallyBook {
  count(place: Place, why: string, key?: CrmKey): void;
  send(): void;
  readonly tally: SweepTally;
}

export function openTally(from: SweepTally): TallyBook {
  const whys = {
    differing: { ...from.differing },
    onlyCrm: { ...from.onlyCrm },
    onlyApp: { ...from.onlyApp },
  };
  const samples = [...from.samples];
  let { equal, gone, sent } = from;
  return {
    count: (place, why, key) => {
      if (place === 'equal') equal += 1;
      else if (place === 'gone') gone += 1;
      else {
        const counts: Record<string, number> = whys[place];
        counts[why] = (counts[why] ?? 0) + 1;
        if (key !== undefined && samples.length < SAMPLES_MAX && !QUIET.has(why))
          samples.push({ key, why });
      }
    },
    send: () => {
      sent += 1;
    },
    get tally() {
      return { equal, ...whys, gone, sent, samples };
    },
  };
}

/** Nothing is wrong with these. */
const QUIET: ReadonlySet<string> = new Set(['excluded', 'archived', 'left', 'nobody’s']);

/** How one record of our memory stands, by what the CRM showed of its row. */
export interface RowCheck {
  readonly state: RecordState;
  /** What the sweep saw of the row; `absent`: it is in no page of a complete walk. */
  readonly row: 'present' | 'excluded' | 'absent';
  /** The row is as both ends agreed. */
  readonly isSame: boolean;
  /** When the sweep began, epoch ms. */
  readonly since: number;
}

export interface RowStanding {
  readonly place: Place;
  readonly why: string;
  /** It must be looked at in its lane. */
  readonly look: boolean;
  /** Out of traffic with a reason: how its fields stand says nothing new. */
  readonly isOut: boolean;
}

export function standingOfRow(check: RowCheck): RowStanding {
  const { state, row, isSame, since } = check;
  const r = state.shadow?.existence.r ?? 'absent';
  const isOut = state.parking !== null || state.withheld !== null;
  const look = isOut ? isForgottenWrite(state) : !isSame || isUnfinished(state);
  const isAtApp = r === 'present';
  const place: Place =
    row === 'absent' ? (isAtApp ? 'onlyApp' : 'gone') : isAtApp ? 'differing' : 'onlyCrm';
  if (look) {
    const isMoving = state.wroteAt !== null && state.wroteAt >= since;
    return { place, why: isMoving ? 'changing' : 'drifted', look, isOut };
  }
  const label = labelOf(state);
  if (label === 'in step') return { place: 'equal', why: '', look, isOut };
  const why = label === 'excluded' || label === 'erased' ? whyApart(row, r) : label;
  return { place, why: place === 'gone' ? '' : why, look, isOut };
}

const whyApart = (row: RowCheck['row'], r: string): string =>
  row === 'excluded' ? 'excluded' : r === 'archived' ? 'archived' : 'left';

/** Nobody comes back to it by itself: it waits for no time, and a write of ours may be half done. */
const isForgottenWrite = ({ parking, intent }: RecordState): boolean =>
  intent !== null && parking?.kind !== 'waiting';

function isUnfinished({ intent, shadow, remoteId, ledger }: RecordState): boolean {
  if (intent !== null || ledger?.row === null) return true;
  if (shadow === null) return true;
  return shadow.existence.r === 'present' && remoteId === null && ledger === null;
}

/** For people: the reason of what is parked, else the word. */
export const whyInWords = (state: RecordState, why: string): string => reasonOf(state) ?? why;
