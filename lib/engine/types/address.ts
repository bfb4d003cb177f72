/**
 * Address: the parts of Mailchimp's ADDRESS fields
 * (https://mailchimp.com/developer/marketing/docs/merge-fields/), those that are not blank. An app may
 * want more of them than we have; completing the object is its connector's business, and guessing a
 * street or a country is nobody's.
 */
import { canonicalJson } from '../fingerprint.ts';
import type { FieldType, Json, Parsed, Value } from '../value.ts';
import { held, quoted, refused } from './parsed.ts';
import { textOfRaw } from './raw-text.ts';

export const ADDRESS_PARTS = ['addr1', 'addr2', 'city', 'state', 'zip', 'country'] as const;

type Address = { readonly [part: string]: string };
type RawObject = { readonly [key: string]: Json };

/** Accepts JSON objects of the parts, their text, and for empty '', null, {} and objects of blanks. */
export function address(): FieldType<'address'> {
  return { name: 'address', options: {}, parse: readAddress, key: keyOfAddress };
}

/** Parts differ by their text, countries not by case: 'us' comes back as 'US'. */
function keyOfAddress(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'object' || Array.isArray(value)) return canonicalJson(value);
  const folded = Object.entries(value as Address).map(([part, text]) => {
    const composed = text.normalize('NFC');
    return [part, part === 'country' ? composed.toUpperCase() : composed] as const;
  });
  return canonicalJson(Object.fromEntries(folded));
}

function readAddress(raw: Json | undefined): Parsed {
  const text = textOfRaw(raw);
  if (text === null) return held(null);
  const object = text === undefined ? raw : parseJson(text);
  if (Array.isArray(object) && object.length === 0) return held(null);
  return isObject(object) ? readParts(object) : refused('An address with its parts was expected.');
}

/** An unknown part is refused, not skipped: skipping 'street' would read a full address as an empty one. */
function readParts(object: RawObject): Parsed {
  const parts: [string, string][] = [];
  for (const [name, raw] of Object.entries(object)) {
    const text = textOfRaw(raw);
    if (text === null) continue;
    if (!isPart(name)) return refused(unknownPart(name));
    if (text === undefined) return refused(`The address part ${quoted(name)} is not a text.`);
    parts.push([name, text]);
  }
  if (parts.length === 0) return held(null);
  return held(Object.fromEntries(parts.sort(byPlace)));
}

const isPart = (name: string): boolean => ADDRESS_PARTS.some((part) => part === name);

const byPlace = ([a]: [string, string], [b]: [string, string]): number => placeOf(a) - placeOf(b);

const placeOf = (name: string): number => ADDRESS_PARTS.findIndex((part) => part === name);

const unknownPart = (name: string): string =>
  `An address has no part ${quoted(name)}; its parts are ${ADDRESS_PARTS.join(', ')}.`;

const isObject = (value: Json | undefined): value is RawObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
