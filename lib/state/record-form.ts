/**
 * The stored form of one record's state: what costs a write unit per kilobyte, so names are one or two
 * letters, what is usual is left out, and r is stored only where it differs from c. Pure.
 *
 * A new attribute at the first level may be added at will: older code carries it along unread. Any other
 * change needs a new `itemRevision`.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  AppExistence,
  CrmExistence,
  CrmKey,
  End,
  FightMemory,
  Intent,
  Pair,
  ParkedField,
  Parking,
  RecordState,
  RemoteId,
  Shadow,
} from '../engine/model.ts';
import type { Value } from '../engine/value.ts';

// Type aliases, because only they can be read as plain data (interfaces have no index signature).
type ByField<T> = Readonly<Record<string, T>>;
type Existence = Shadow['existence'];

type PairForm = {
  readonly c: Value;
  readonly r?: Value;
  readonly w?: End;
};
type IntentForm = {
  readonly t: number;
  readonly a?: ByField<Value>;
  readonly c?: ByField<Value>;
  readonly e?: string;
  readonly n?: End;
};
type ParkedForm = {
  readonly k: ParkedField['kind'];
  readonly c: Value;
  readonly a: Value;
  readonly b?: PairForm;
  readonly r: string;
  readonly t: number;
};
type FightForm = {
  readonly b: string;
  readonly n: number;
  readonly t: number;
};
type ParkingForm =
  | { readonly u: number; readonly n: number; readonly r: string }
  | { readonly r: string; readonly t: number; readonly b?: string };

export type RecordForm = {
  /** remoteId */
  readonly i?: string;
  /** The link is planned. */
  readonly p?: true;
  /** The shadow's existence, one letter per end; without it there is no shadow. */
  readonly e?: string;
  /** Pairs: the CRM's values, the app's where they differ, and who rewrote them. */
  readonly c?: ByField<Value>;
  readonly r?: ByField<Value>;
  readonly w?: ByField<End>;
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
  };
}

function encodeShadow(shadow: Shadow | null): Pick<RecordForm, 'e' | 'c' | 'r' | 'w'> {
  if (shadow === null) return {};
  return {
    e: encodeExistence(shadow.existence),
    ...optional(
      'c',
      mapFields(shadow.pairs, (pair) => pair.c),
    ),
    ...optional(
      'r',
      mapFields(shadow.pairs, (pair) => (isDeepStrictEqual(pair.c, pair.r) ? undefined : pair.r)),
    ),
    ...optional(
      'w',
      mapFields(shadow.pairs, (pair) => pair.rewrittenBy),
    ),
  };
}

function decodeShadow(form: RecordForm): Shadow | null {
  if (form.e === undefined) return null;
  const pairs = mapFields(form.c, (c, field) =>
    decodePair({
      c,
      ...optional('r', ownValue(form.r, field)),
      ...optional('w', ownValue(form.w, field)),
    }),
  );
  return { existence: decodeExistence(form.e), pairs: pairs ?? {} };
}

function encodePair(pair: Pair): PairForm {
  return {
    c: pair.c,
    ...(isDeepStrictEqual(pair.c, pair.r) ? {} : { r: pair.r }),
    ...optional('w', pair.rewrittenBy),
  };
}

function decodePair(form: PairForm): Pair {
  return {
    c: form.c,
    r: form.r === undefined ? form.c : form.r,
    ...(form.w === undefined ? {} : { rewrittenBy: form.w }),
  };
}

function encodeIntent(intent: Intent): IntentForm {
  return {
    t: intent.at,
    ...optional('a', mapFields(intent.toApp, same)),
    ...optional('c', mapFields(intent.toCrm, same)),
    ...(intent.existence === null
      ? {}
      : { e: encodeExistence(intent.existence.to), n: intent.existence.end }),
  };
}

function decodeIntent(form: IntentForm): Intent {
  const existence =
    form.e === undefined || form.n === undefined
      ? null
      : { end: form.n, to: decodeExistence(form.e) };
  return { at: form.t, toApp: form.a ?? {}, toCrm: form.c ?? {}, existence };
}

function encodeParked(parked: ParkedField): ParkedForm {
  return {
    k: parked.kind,
    c: parked.crm,
    a: parked.app,
    ...optional('b', parked.base === null ? undefined : encodePair(parked.base)),
    r: parked.reason,
    t: parked.at,
  };
}

function decodeParked(form: ParkedForm): ParkedField {
  const base = form.b === undefined ? null : decodePair(form.b);
  return { kind: form.k, crm: form.c, app: form.a, base, reason: form.r, at: form.t };
}

function encodeFight(fight: FightMemory): FightForm {
  return { b: fight.before, n: fight.reverts, t: fight.since };
}

function decodeFight(form: FightForm): FightMemory {
  return { before: form.b, reverts: form.n, since: form.t };
}

function encodeParking(parking: Parking): ParkingForm {
  if (parking.kind === 'waiting')
    return { u: parking.until, n: parking.attempts, r: parking.reason };
  return { r: parking.reason, t: parking.at, ...optional('b', parking.blockedBy) };
}

function decodeParking(form: ParkingForm): Parking {
  if ('u' in form) return { kind: 'waiting', until: form.u, attempts: form.n, reason: form.r };
  const blocked = form.b === undefined ? {} : { blockedBy: form.b };
  return { kind: 'quarantined', reason: form.r, at: form.t, ...blocked };
}

const crmLetters = { present: 'p', excluded: 'x', absent: 'n' } satisfies Record<
  CrmExistence,
  string
>;
const appLetters = { present: 'p', archived: 'z', absent: 'n' } satisfies Record<
  AppExistence,
  string
>;

function encodeExistence(existence: Existence): string {
  return crmLetters[existence.c] + appLetters[existence.r];
}

function decodeExistence(letters: string): Existence {
  return {
    c: byLetter(crmLetters, letters.charAt(0)),
    r: byLetter(appLetters, letters.charAt(1)),
  };
}

function byLetter<E extends string>(letters: Readonly<Record<E, string>>, letter: string): E {
  for (const existence of Object.keys(letters) as E[]) {
    if (letters[existence] === letter) return existence;
  }
  throw new Error(`The letter ${letter} stands for no existence.`);
}

/** The fields with what `of` makes of each, without those it makes nothing of; undefined when none is left. */
function mapFields<T, U>(
  fields: ByField<T> | undefined,
  of: (value: T, field: string) => U | undefined,
): ByField<U> | undefined {
  const entries: [string, U][] = [];
  for (const [field, value] of Object.entries(fields ?? {})) {
    const made = of(value, field);
    if (made !== undefined) entries.push([field, made]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** One property, or none. Null is a value (an empty field), so only undefined is left out. */
function optional<N extends string, T>(name: N, value: T | undefined): { readonly [K in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: T };
}

function ownValue<T>(fields: ByField<T> | undefined, field: string): T | undefined {
  return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

const same = <T>(value: T): T => value;
