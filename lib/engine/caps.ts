/**
 * Caps: how many records a brake lets through, in one run and in one day, and what holds for whoever says nothing.
 * A cap is a number, a share of the linked records with a floor under it, or both: then the lower of the two.
 */
import type { BrakeClass } from './model.ts';

/** From what can be undone to what cannot: where one cap is shared, the harmless goes first. */
export const BRAKE_CLASSES = [
  'overwrite',
  'create',
  'subscribe',
  'refuse',
  'archive',
  'unsubscribe',
  'delete',
] as const satisfies readonly BrakeClass[];

/** Archiving, unsubscribing and deleting together: what takes people away. */
export type CapName = BrakeClass | 'destroy';
const DESTROY: ReadonlySet<BrakeClass> = new Set(['archive', 'unsubscribe', 'delete']);
export const isDestroying = (one: BrakeClass): boolean => DESTROY.has(one);

/** What people say about being written to or called: it has caps and an alarm of its own, and is not dropped. */
const CONSENT: ReadonlySet<BrakeClass> = new Set(['subscribe', 'refuse', 'unsubscribe']);
export const isConsent = (one: BrakeClass): boolean => CONSENT.has(one);

/** Each number that is given holds; null: that one is not given. */
export interface Cap {
  readonly records: number | null;
  /** Of the linked records, rounded up. */
  readonly percent: number | null;
  /** The share is never fewer records than this, also before the records were counted. */
  readonly atLeast?: number | null;
}

/** A name without a cap is not limited; null says so on purpose, where there would be a default. */
export type CapTable = Readonly<Partial<Record<CapName, Cap | null>>>;

export interface Caps {
  readonly perRun: CapTable;
  readonly perDay: CapTable;
}

export const NO_CAPS: Caps = { perRun: {}, perDay: {} };

const upTo = (
  records: number,
  percent: number | null = null,
  atLeast: number | null = null,
): Cap => ({
  records,
  percent,
  atLeast,
});

/**
 * What holds against real systems for whoever configures nothing. The floors are what an ordinary day of a small
 * table brings, and all that a first sync may do before somebody has seen it; the shares let large tables breathe; the
 * numbers end it where a share of a large table would be a disaster (docs/adr/0019).
 */
export const DEFAULT_CAPS: Caps = {
  perRun: {
    overwrite: upTo(20_000, 20, 200),
    create: upTo(10_000, 10, 100),
    subscribe: upTo(1_000, 2, 25),
    refuse: upTo(20_000, 20, 100),
    archive: upTo(500, 1, 10),
    unsubscribe: upTo(100, 1, 10),
    delete: upTo(10),
  },
  perDay: {
    overwrite: upTo(100_000, 100, 1_000),
    create: upTo(20_000, 20, 300),
    subscribe: upTo(3_000, 5, 75),
    refuse: upTo(40_000, 40, 300),
    archive: upTo(1_500, 3, 30),
    unsubscribe: upTo(300, 2, 30),
    delete: upTo(30),
  },
};

/** Whoever says anything about a class, in whichever table, says all about it: no default mixes with their numbers. */
export function withDefaultCaps(own: Caps): Caps {
  const named = new Set(
    [own.perRun, own.perDay].flatMap((table) =>
      BRAKE_CLASSES.filter((one) => namesOver(one).some((name) => table[name] !== undefined)),
    ),
  );
  const rest = (table: CapTable): CapTable =>
    Object.fromEntries(Object.entries(table).filter(([name]) => !named.has(name as BrakeClass)));
  return {
    perRun: { ...rest(DEFAULT_CAPS.perRun), ...own.perRun },
    perDay: { ...rest(DEFAULT_CAPS.perDay), ...own.perDay },
  };
}

/** The names under which a class is counted. */
export const namesOver = (one: BrakeClass): readonly CapName[] =>
  isDestroying(one) ? [one, 'destroy'] : [one];

/** Which of these classes have a cap at all; without one nothing need be asked. */
export const isCapped = ({ perRun, perDay }: Caps, one: BrakeClass): boolean =>
  [perRun, perDay].some((table) => namesOver(one).some((name) => table[name] != null));

/** Whether any cap is a share of the linked records, so that they must be counted. */
export const hasShares = ({ perRun, perDay }: Caps): boolean =>
  [...Object.values(perRun), ...Object.values(perDay)].some((cap) => cap?.percent != null);

/** How many records a cap lets through; null: nobody has counted the linked records yet. */
export function limitOf(name: CapName, cap: Cap | null | undefined, linked: number | null): number {
  if (cap == null) return Infinity;
  return Math.min(cap.records ?? Infinity, shareOf(name, cap, linked));
}

/** Nobody knows the share of what was never counted: then its floor is all; without one nobody is taken away. */
function shareOf(name: CapName, { percent, atLeast }: Cap, linked: number | null): number {
  if (percent === null) return Infinity;
  if (linked === null) return atLeast ?? (isHarmless(name) ? Infinity : 0);
  return Math.max(atLeast ?? 0, Math.ceil((linked * percent) / 100));
}

const isHarmless = (name: CapName): boolean => name === 'create' || name === 'overwrite';
