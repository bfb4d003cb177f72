/** The stored form of why a field or a record is out of traffic, and of fights. Pure. */
import type { CrmKey, FightMemory, ParkedField, Parking, RemoteId } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import { optional } from './by-field.ts';
import { decodePair, encodePair, type PairForm } from './shadow-form.ts';

export type ParkedForm = {
  readonly k: ParkedField['kind'];
  readonly c: Value;
  readonly a: Value;
  readonly b?: PairForm;
  readonly r: string;
  readonly t: number;
  /** blockedBy: without it nobody could tell a cycle of renames from a queue. */
  readonly y?: string;
};
export type FightForm = {
  readonly b: string;
  readonly n: number;
  readonly t: number;
};
export type ParkingForm =
  | { readonly u: number; readonly n: number; readonly r: string }
  | {
      readonly r: string;
      readonly t: number;
      readonly b?: string;
      /** among */
      readonly m?: readonly string[];
      /** attempts, and the time of the last: both or none */
      readonly n?: number;
      readonly l?: number;
    };

export function encodeParked(parked: ParkedField): ParkedForm {
  return {
    k: parked.kind,
    c: parked.crm,
    a: parked.app,
    ...optional('b', parked.base === null ? undefined : encodePair(parked.base)),
    r: parked.reason,
    t: parked.at,
    ...optional('y', parked.blockedBy),
  };
}

export function decodeParked(form: ParkedForm): ParkedField {
  const base = form.b === undefined ? null : decodePair(form.b);
  const blocked = form.y === undefined ? {} : { blockedBy: form.y as CrmKey };
  return { kind: form.k, crm: form.c, app: form.a, base, reason: form.r, at: form.t, ...blocked };
}

export function encodeFight(fight: FightMemory): FightForm {
  return { b: fight.before, n: fight.reverts, t: fight.since };
}

export function decodeFight(form: FightForm): FightMemory {
  return { before: form.b, reverts: form.n, since: form.t };
}

export function encodeParking(parking: Parking): ParkingForm {
  if (parking.kind === 'waiting')
    return { u: parking.until, n: parking.attempts, r: parking.reason };
  const { reason, at, blockedBy, among, attempts, lastAt } = parking;
  return {
    r: reason,
    t: at,
    ...optional('b', blockedBy),
    ...optional('m', among),
    ...optional('n', attempts),
    ...optional('l', lastAt),
  };
}

export function decodeParking(form: ParkingForm): Parking {
  if ('u' in form) return { kind: 'waiting', until: form.u, attempts: form.n, reason: form.r };
  const blocked = {
    ...optional('blockedBy', form.b),
    ...optional('among', form.m as readonly RemoteId[] | undefined),
  };
  const tried = { ...optional('attempts', form.n), ...optional('lastAt', form.l) };
  return { kind: 'quarantined', reason: form.r, at: form.t, ...blocked, ...tried };
}
