/**
 * The three legs a record was judged on, each as a short digest: what the CRM showed, what was remembered, what the
 * app showed. Equal digests give the same judgement; who finds another one knows which leg has moved since.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../engine/fingerprint.ts';
import type { AppSide, CrmSide, RecordState, SideOf } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';

export interface Legs {
  readonly crm: string;
  readonly state: string;
  readonly app: string;
}

export type Leg = keyof Legs;

export const crmLeg = (side: CrmSide): string =>
  digestOf({ ...shownBy(side), undecided: side.undecided ?? null });

/** Null: nobody is there, or nobody looked at whom we do not know. */
export const appLeg = (side: AppSide | null): string =>
  digestOf(side === null || side.existence === 'absent' ? { existence: 'absent' } : shownBy(side));

/**
 * What was agreed. Notes of how a record is being dealt with (an intent, a wait, what a brake holds, the time
 * of our last write) come and go while nobody changes anything, so they are no part of it.
 */
export function stateLeg(state: RecordState): string {
  const { shadow, parked, link, deletedAt, withdrawnAt, archivedByUs } = state;
  return digestOf({
    link,
    deletedAt,
    withdrawnAt,
    archivedByUs,
    existence: shadow === null ? null : { ...shadow.existence },
    pairs: shadow === null ? null : (shadow.pairs as unknown as Json),
    parked: Object.fromEntries(Object.entries(parked).map(([name, { kind }]) => [name, kind])),
  });
}

function shownBy({ existence, fields, broken, optInAt }: SideOf<string>): { [name: string]: Json } {
  return { existence, optInAt, fields: fields as Json, broken: { ...broken } };
}

const DIGEST_LENGTH = 16;

const digestOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, DIGEST_LENGTH);

const NAMES: Readonly<Record<Leg, string>> = {
  crm: 'the row in the CRM',
  app: 'the app’s record',
  state: 'what both had agreed on',
};

/** Which legs moved, in words; null when none did. */
export function describeMove(then: Legs, now: Legs): string | null {
  const moved = (Object.keys(NAMES) as Leg[]).filter((leg) => then[leg] !== now[leg]);
  if (moved.length === 0) return null;
  return `${moved.map((leg) => NAMES[leg]).join(' and ')} changed since`;
}
