/** The stored form of what was judged and not carried out. Pure. */
import type { Deed, DeedKind, Withheld } from '../engine/model.ts';
import { optional } from './by-field.ts';

/** `d`: each deed as its kind, or as kind:column. */
export type WithheldForm = {
  readonly b: Withheld['by'];
  readonly d: readonly string[];
  readonly r: string;
  readonly t: number;
  readonly u?: string;
  readonly v?: readonly string[];
};

export function encodeWithheld({ by, deeds, values, reason, at, run }: Withheld): WithheldForm {
  const texts = deeds.map(({ kind, column }) => (column === null ? kind : `${kind}:${column}`));
  return {
    b: by,
    d: texts,
    r: reason,
    t: at,
    ...optional('u', run ?? undefined),
    ...optional('v', values),
  };
}

export function decodeWithheld({ b, d, r, t, u, v }: WithheldForm): Withheld {
  const values = v === undefined ? {} : { values: v };
  return { by: b, deeds: d.map(decodeDeed), ...values, reason: r, at: t, run: u ?? null };
}

function decodeDeed(text: string): Deed {
  const colon = text.indexOf(':');
  return colon < 0
    ? { kind: text as DeedKind, column: null }
    : { kind: text.slice(0, colon) as DeedKind, column: text.slice(colon + 1) };
}
