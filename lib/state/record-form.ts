/**
 * The stored form of one record's state: what costs a write unit per kilobyte, so names are one or two
 * letters, what is usual is left out, and r is stored only where it differs from c. Pure.
 *
 * A new attribute at the first level may be added at will: older code carries it along unread. Any other
 * change needs a new `itemRevision`.
 */
import type { BrakeClass, CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import { mapFields, optional, type ByField } from './by-field.ts';
import {
  decodeFight,
  decodeParked,
  decodeParking,
  encodeFight,
  encodeParked,
  encodeParking,
  type FightForm,
  type ParkedForm,
  type ParkingForm,
} from './parking-form.ts';
import {
  decodeIntent,
  decodeShadow,
  encodeIntent,
  encodeShadow,
  type IntentForm,
  type ShadowForm,
} from './shadow-form.ts';
import { decodeWithheld, encodeWithheld, type WithheldForm } from './withheld-form.ts';

// A type alias, as all forms, because only aliases pass as plain data (interfaces have no index signature).
export type RecordForm = ShadowForm & {
  /** remoteId */
  readonly i?: string;
  /** The link is planned. */
  readonly p?: true;
  /** intent, "on its way" */
  readonly o?: IntentForm;
  readonly f?: ByField<ParkedForm>;
  readonly q?: ParkingForm;
  readonly h?: ByField<FightForm>;
  readonly wd?: number;
  readonly wr?: number;
  readonly av?: number;
  /** archivedByUs */
  readonly ar?: true;
  readonly dd?: number;
  /** withheld, "not done" */
  readonly nd?: WithheldForm;
  /** passed the brakes */
  readonly pb?: readonly BrakeClass[];
  /** renewal */
  readonly rn?: number;
  /** adopted: its number, and whether it is in doubt */
  readonly an?: number;
  readonly ad?: true;
  /** ledger: what the app was told, and which row it has acknowledged */
  readonly li?: readonly string[];
  readonly lr?: string;
};

/** Every name of `RecordForm`: what is not here (and not the item's own) was written by other code. */
export const recordFormNames: Readonly<Record<keyof RecordForm, true>> = {
  i: true,
  p: true,
  e: true,
  c: true,
  r: true,
  w: true,
  o: true,
  f: true,
  q: true,
  h: true,
  wd: true,
  wr: true,
  av: true,
  ar: true,
  dd: true,
  nd: true,
  pb: true,
  rn: true,
  an: true,
  ad: true,
  li: true,
  lr: true,
};

export function encodeRecord(state: RecordState): RecordForm {
  return {
    ...optional('i', state.remoteId ?? undefined),
    ...(state.link === 'planned' ? { p: true } : {}),
    ...encodeShadow(state.shadow),
    ...optional('o', state.intent === null ? undefined : encodeIntent(state.intent)),
    ...optional('f', mapFields(state.parked, encodeParked)),
    ...optional('q', state.parking === null ? undefined : encodeParking(state.parking)),
    ...optional('h', mapFields(state.fights, encodeFight)),
    ...optional('wd', state.withdrawnAt ?? undefined),
    ...optional('wr', state.wroteAt ?? undefined),
    ...optional('av', state.appVersion ?? undefined),
    ...(state.archivedByUs ? { ar: true } : {}),
    ...optional('dd', state.deletedAt ?? undefined),
    ...optional('nd', state.withheld === null ? undefined : encodeWithheld(state.withheld)),
    ...optional('pb', state.passed.length === 0 ? undefined : state.passed),
    ...optional('rn', state.renewal === 0 ? undefined : state.renewal),
    ...optional('an', state.adopted?.number),
    ...(state.adopted?.isInDoubt === true ? { ad: true } : {}),
    ...optional('li', state.ledger?.ids),
    ...optional('lr', state.ledger?.row ?? undefined),
  };
}

export function decodeRecord(key: CrmKey, form: RecordForm): RecordState {
  return {
    key,
    remoteId: (form.i ?? null) as RemoteId | null,
    link: form.p === true ? 'planned' : 'linked',
    shadow: decodeShadow(form),
    intent: form.o === undefined ? null : decodeIntent(form.o),
    parked: mapFields(form.f, decodeParked) ?? {},
    parking: form.q === undefined ? null : decodeParking(form.q),
    fights: mapFields(form.h, decodeFight) ?? {},
    withdrawnAt: form.wd ?? null,
    wroteAt: form.wr ?? null,
    appVersion: form.av ?? null,
    archivedByUs: form.ar === true,
    deletedAt: form.dd ?? null,
    withheld: form.nd === undefined ? null : decodeWithheld(form.nd),
    passed: form.pb ?? [],
    renewal: form.rn ?? 0,
    ...(form.an === undefined ? {} : { adopted: { number: form.an, isInDoubt: form.ad === true } }),
    ledger: form.li === undefined ? null : { ids: form.li, row: form.lr ?? null },
  };
}
