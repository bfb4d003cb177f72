/** The stored form of what both ends last agreed on, and of what is on its way to them. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { AppExistence, CrmExistence, End, Intent, Pair, Shadow } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import { mapFields, optional, ownValue, same, type ByField } from './by-field.ts';

type Existence = Shadow['existence'];

/** Why the halves of a pair may differ. Code that knows no dropping takes `drop` for an end that rewrote it: in peace as well. */
type Difference = End | 'drop';

/** r only where it differs from c. */
export type PairForm = {
  readonly c: Value;
  readonly r?: Value;
  readonly w?: Difference;
};

export type ShadowForm = {
  /** Existence, one letter per end; without it there is no shadow. */
  readonly e?: string;
  /** Pairs: the CRM's values, the app's where they differ, and who rewrote them. */
  readonly c?: ByField<Value>;
  readonly r?: ByField<Value>;
  readonly w?: ByField<Difference>;
};

export type IntentForm = {
  readonly t: number;
  readonly a?: ByField<Value>;
  readonly c?: ByField<Value>;
  readonly e?: string;
  readonly n?: End;
};

export function encodeShadow(shadow: Shadow | null): ShadowForm {
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
    ...optional('w', mapFields(shadow.pairs, differenceOf)),
  };
}

export function decodeShadow(form: ShadowForm): Shadow | null {
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

export function encodePair(pair: Pair): PairForm {
  return {
    c: pair.c,
    ...(isDeepStrictEqual(pair.c, pair.r) ? {} : { r: pair.r }),
    ...optional('w', differenceOf(pair)),
  };
}

const differenceOf = ({ rewrittenBy, dropped }: Pair): Difference | undefined =>
  dropped === true ? 'drop' : rewrittenBy;

export function decodePair(form: PairForm): Pair {
  return {
    c: form.c,
    r: form.r === undefined ? form.c : form.r,
    ...(form.w === 'drop' ? { dropped: true } : optional('rewrittenBy', form.w)),
  };
}

export function encodeIntent(intent: Intent): IntentForm {
  return {
    t: intent.at,
    ...optional('a', mapFields(intent.toApp, same)),
    ...optional('c', mapFields(intent.toCrm, same)),
    ...(intent.existence === null
      ? {}
      : { e: encodeExistence(intent.existence.to), n: intent.existence.end }),
  };
}

export function decodeIntent(form: IntentForm): Intent {
  const existence =
    form.e === undefined || form.n === undefined
      ? null
      : { end: form.n, to: decodeExistence(form.e) };
  return { at: form.t, toApp: form.a ?? {}, toCrm: form.c ?? {}, existence };
}

const crmLetters = { present: 'p', excluded: 'x', absent: 'n' } satisfies Record<
  CrmExistence,
  string
>;
const appLetters = { present: 'p', archived: 'z', absent: 'n' } satisfies Record<
  AppExistence,
  string
>;

/** A third letter, which older code does not read. */
const DROPPED = 'd';

function encodeExistence(existence: Existence): string {
  const { c, r, dropped } = existence;
  return crmLetters[c] + appLetters[r] + (dropped === true ? DROPPED : '');
}

function decodeExistence(letters: string): Existence {
  return {
    c: byLetter(crmLetters, letters.charAt(0)),
    r: byLetter(appLetters, letters.charAt(1)),
    ...(letters.charAt(2) === DROPPED ? { dropped: true } : {}),
  };
}

function byLetter<E extends string>(letters: Readonly<Record<E, string>>, letter: string): E {
  for (const existence of Object.keys(letters) as E[]) {
    if (letters[existence] === letter) return existence;
  }
  throw new Error(`The letter ${letter} stands for no existence.`);
}
