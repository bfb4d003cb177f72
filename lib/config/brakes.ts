/** Brakes as a user writes them: `{ perRun: { archive: 100, destroy: '1%' }, perDay: { create: { records: 500, percent: 5 } } }`. */
import * as z from 'zod';
import { BRAKE_CLASSES, type Cap, type CapName, type Caps, type CapTable } from '../engine/caps.ts';

/**
 * Records, or a share of the linked records; both hold where both are given, and `atLeast` is a floor under the
 * share; null takes a default away.
 */
export type CapInput =
  | number
  | `${number}%`
  | {
      readonly records?: number | undefined;
      readonly percent?: number | undefined;
      readonly atLeast?: number | undefined;
    }
  | null;

type CapsInput = Readonly<Partial<Record<CapName, CapInput>>>;

export interface BrakesInput {
  readonly perRun?: CapsInput | undefined;
  readonly perDay?: CapsInput | undefined;
}

const NAMES = [...BRAKE_CLASSES, 'destroy'] as const;
const records = z.int().min(0);
const percent = z.number().min(0).max(100);

const cap = z.union(
  [
    z.null(),
    records,
    z.custom<`${number}%`>(
      (given) => typeof given === 'string' && /^\d+(\.\d+)?%$/.test(given),
      'must be a share such as “1%”, or a number of records',
    ),
    z
      .strictObject({
        records: records.optional(),
        percent: percent.optional(),
        atLeast: records.optional(),
      })
      .refine(
        ({ percent: share, atLeast }) => atLeast === undefined || share !== undefined,
        'atLeast is the floor of a share: give percent beside it',
      ),
  ],
  'must be a number of records, a share such as “1%”, { records, percent, atLeast }, or null for no cap',
);

const table = z.partialRecord(z.enum(NAMES), cap).optional();

export const brakesShape = z.strictObject({ perRun: table, perDay: table });

export const compileBrakes = ({ perRun = {}, perDay = {} }: BrakesInput = {}): Caps => ({
  perRun: compileTable(perRun),
  perDay: compileTable(perDay),
});

const compileTable = (input: CapsInput): CapTable =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const given = input[name];
      return given === undefined ? [] : [[name, compileCap(given)] as const];
    }),
  );

function compileCap(given: CapInput): Cap | null {
  if (given === null) return null;
  if (typeof given === 'number') return { records: given, percent: null };
  if (typeof given === 'string') return { records: null, percent: Number(given.slice(0, -1)) };
  const { records: most = null, percent: share = null, atLeast = null } = given;
  return { records: most, percent: share, ...(atLeast === null ? {} : { atLeast }) };
}
