/**
 * Numbers the company keeps apart from its contacts (those it blocks, those that opted out), read as a whole and kept
 * for a while by the process that read them: a contact is then asked about without a call. A number takes eight
 * bytes, and there is a most of them, so memory does not grow with the company.
 *
 * What was read stays when time is over, and the next who asks goes on from there.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Ok, Result } from './company.ts';
import type { Turn } from './client.ts';
import { halted, lookAgain } from './failures.ts';

export interface Entry {
  /** `+14155550123` */
  readonly number: string;
  /** What is remembered with it. */
  readonly value: number;
}

export interface EntryPage {
  readonly entries: readonly Entry[];
  /** Null: the last page. */
  readonly cursor: string | null;
}

export interface Numbers {
  /** What is remembered with a number; undefined: it is not in the list. */
  valueOf(number: string): number | undefined;
  /** When the first page was asked for: our clock. */
  readonly beganAt: number;
}

export interface NumberListOptions {
  /** As people call it: `blocked numbers`. */
  readonly name: string;
  readonly clock: Clock;
  readonly readPage: (cursor: string | null, turn: Turn) => Promise<Result<EntryPage>>;
  /** @default 400,000: 4,000 calls, which a process can make before it is replaced */
  readonly numbersMax?: number;
}

export interface NumberList {
  /** The list, read anew when it is old. */
  current(turn: Turn): Promise<Result<Numbers>>;
}

const NUMBERS_MAX = 400_000;
const KEPT_MS_MIN = 60_000;
/** Reading takes a twentieth of the time at most. */
const KEPT_PER_READING = 20;

interface Reading {
  readonly beganAt: number;
  cursor: string | null;
  /** E.164 has fifteen digits at most, which a double holds exactly. */
  readonly numbers: number[];
  readonly values: number[];
}

interface Kept {
  readonly numbers: Numbers;
  readonly until: number;
}

export function createNumberList(options: NumberListOptions): NumberList {
  const { clock } = options;
  let kept: Kept | null = null;
  let reading: Reading | null = null;
  let underWay: Promise<Result<Numbers>> | null = null;
  const read = async (turn: Turn): Promise<Result<Numbers>> => {
    reading ??= { beganAt: clock.now(), cursor: null, numbers: [], values: [] };
    const outcome = await readOn(options, reading, turn);
    // A refused cursor leads nowhere: whoever asks next begins anew.
    if (outcome.kind === 'ok' || outcome.kind === 'lost-place') reading = null;
    if (outcome.kind === 'lost-place') return lookAgain(outcome.reason);
    if (outcome.kind !== 'ok') return outcome;
    const tookMs = clock.now() - outcome.value.beganAt;
    const keptMs = Math.max(KEPT_MS_MIN, tookMs * KEPT_PER_READING);
    kept = { numbers: outcome.value, until: clock.now() + keptMs };
    return outcome;
  };
  return {
    current: async (turn) => {
      if (kept !== null && clock.now() < kept.until) return ok(kept.numbers);
      // Several looks at once wait for one reading.
      underWay ??= read(turn).finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

async function readOn(
  { name, readPage, numbersMax = NUMBERS_MAX }: NumberListOptions,
  reading: Reading,
  turn: Turn,
): Promise<Result<Numbers>> {
  do {
    const page = await readPage(reading.cursor, turn);
    if (page.kind !== 'ok') return page;
    for (const { number, value } of page.value.entries) {
      const digits = digitsOf(number);
      if (digits === null) continue;
      reading.numbers.push(digits);
      reading.values.push(value);
    }
    if (reading.numbers.length > numbersMax) return halted(tooMany(name, numbersMax));
    reading.cursor = page.value.cursor;
  } while (reading.cursor !== null);
  return ok(index(reading));
}

const ok = (numbers: Numbers): Ok<Numbers> => ({
  kind: 'ok',
  value: numbers,
  beganAt: numbers.beganAt,
});

const tooMany = (name: string, max: number): string =>
  `Dialpad lists more than ${max} ${name}, too many to be read again and again. ` +
  'Leave the field that needs them out of the configuration; the sync then goes on by itself.';

function digitsOf(number: string): number | null {
  const digits = /^\+(?<digits>[1-9]\d{1,14})$/.exec(number)?.groups?.['digits'];
  return digits === undefined ? null : Number(digits);
}

/** In order, so that a number is found in twenty steps. Twice in the list: what was read last counts. */
function index({ beganAt, numbers, values }: Reading): Numbers {
  const order = Uint32Array.from(numbers.keys());
  order.sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0) || a - b);
  const sorted = Float64Array.from(order, (place) => numbers[place] ?? 0);
  const sortedValues = Float64Array.from(order, (place) => values[place] ?? 0);
  return {
    beganAt,
    valueOf: (number) => {
      const digits = digitsOf(number);
      if (digits === null) return undefined;
      const place = lastAtMost(sorted, digits);
      return sorted[place] === digits ? sortedValues[place] : undefined;
    },
  };
}

/** The last place whose number is not greater; -1: none. */
function lastAtMost(sorted: Float64Array, digits: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= digits) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
