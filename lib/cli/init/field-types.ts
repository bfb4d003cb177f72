/**
 * Which field type a column can be kept in step by with a merge field, and who owns it, or why not. The values that were looked at decide where
 * the types leave it open. Pure.
 */
import { birthday, date, enumeration, number, phone } from '../../engine/types/index.ts';
import type { FieldType } from '../../engine/value.ts';
import {
  filledIn,
  isTextColumn,
  shareOf,
  type ColumnFacts,
  type MergeFieldFacts,
  type Sample,
} from './facts.ts';

export interface TypeProposal {
  /** As it is written: `text(255)`. */
  readonly call: string;
  readonly owner: 'crm' | 'app' | 'shared';
  readonly onConflict?: 'newest' | 'union';
  /** What a reader should know. */
  readonly note?: string;
}

export type TypeAnswer =
  | { readonly kind: 'fits'; readonly type: TypeProposal }
  | { readonly kind: 'misfit'; readonly reason: string };

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);
const TIMES = new Set(['timestamp', 'timestamptz']);

/** More of the values must be readable, or the field would be parked for too many people. */
const READABLE_MIN = 0.9;

type Rule = (column: ColumnFacts, values: readonly string[], field: MergeFieldFacts) => TypeAnswer;

const RULES: Readonly<Record<string, Rule>> = {
  text: forText,
  number: (column, values) =>
    NUMBERS.has(column.base)
      ? fits('number()', 'crm')
      : ifReadable(column, values, { type: number(), call: 'number()', owner: 'crm' }),
  phone: (column, values) =>
    NUMBERS.has(column.base) ? fits('phone()', 'crm') : forPhone(column, values),
  date: (column, values) =>
    isDay(column)
      ? fits('date()', column.base === 'date' ? 'shared' : 'crm')
      : ifReadable(column, values, { type: date(), call: 'date()', owner: 'crm' }),
  birthday: (column, values) =>
    isDay(column)
      ? {
          kind: 'fits',
          type: { call: 'birthday()', owner: 'crm', note: 'Mailchimp has no year to give back.' },
        }
      : ifReadable(column, values, { type: birthday(), call: 'birthday()', owner: 'shared' }),
  address: ({ base, kind }) =>
    kind === 'scalar' && (base === 'json' || base === 'jsonb')
      ? {
          kind: 'fits',
          type: {
            call: 'address()',
            owner: 'crm',
            note: 'JSON with addr1, addr2, city, state, zip, country.',
          },
        }
      : misfit('an address needs one JSON column with its parts'),
  zip: (column, values) =>
    isText(column) && shareOf(values, (value) => /^\d{5}$/.test(value.trim())) >= READABLE_MIN
      ? {
          kind: 'fits',
          type: {
            call: 'text(5)',
            owner: 'crm',
            note: 'Mailchimp takes US ZIP codes of five digits here.',
          },
        }
      : misfit('Mailchimp takes US ZIP codes of five digits there'),
  url: (column, values) =>
    isText(column) && shareOf(values, (value) => /^https?:\/\//i.test(value)) >= READABLE_MIN
      ? fits('text(255)', 'crm')
      : misfit('Mailchimp takes web addresses there (https://…)'),
  radio: forChoice,
  dropdown: forChoice,
};

export function proposeType(
  column: ColumnFacts,
  field: MergeFieldFacts,
  sample: Sample,
): TypeAnswer {
  if (column.kind === 'array') return misfit('a list has no place in a merge field');
  if (column.kind === 'composite') return misfit('a composite has no place in a merge field');
  const rule = RULES[field.type === 'imageurl' ? 'url' : field.type];
  if (rule === undefined)
    return misfit(`Trivet does not know merge fields of the type ${field.type}`);
  const answer = rule(column, filledIn(sample, column.name), field);
  return answer.kind === 'fits' ? { kind: 'fits', type: ownable(column, answer.type) } : answer;
}

/** What the database alone writes, nobody else owns. */
function ownable(column: ColumnFacts, type: TypeProposal): TypeProposal {
  if (column.generated) return { ...type, owner: 'crm' };
  return type.owner === 'shared' ? { ...type, onConflict: 'newest' } : type;
}

function forPhone(column: ColumnFacts, values: readonly string[]): TypeAnswer {
  const answer = ifReadable(column, values, { type: phone(), call: 'phone()', owner: 'shared' });
  const isForeign = (value: string): boolean => /^\s*(\+|00)/.test(value);
  if (answer.kind === 'misfit' || shareOf(values, isForeign) > 0.5) return answer;
  const note =
    "Most numbers have no country code and are kept as they are; phone({ defaultCountry: 'DE' }) makes them international.";
  return { kind: 'fits', type: { ...answer.type, note } };
}

function forText(column: ColumnFacts, values: readonly string[]): TypeAnswer {
  if (column.kind === 'enum') {
    // Labels that differ in case only are two words to Postgres and one to an enumeration.
    return fits(
      tryEnumeration(column.labels) === null ? 'text(255)' : callEnumeration(column.labels),
      'crm',
    );
  }
  if (column.base === 'bool') return fits('boolean()', 'crm');
  if (column.base === 'date') return fits('date()', 'crm');
  if (TIMES.has(column.base)) return fits('timestamp()', 'crm');
  if (NUMBERS.has(column.base)) return fits('number()', 'crm');
  if (!isText(column))
    return misfit(`a column of type ${column.type} has no text form people read`);
  const isLong = values.some((value) => Buffer.byteLength(value) >= 190);
  return isLong
    ? {
        kind: 'fits',
        type: { call: 'text(255)', owner: 'crm', note: 'Mailchimp keeps 255 bytes of it.' },
      }
    : fits('text(255)', 'crm');
}

/** Words outside the list are refused by Mailchimp, so there may be few of them. */
function forChoice(
  column: ColumnFacts,
  values: readonly string[],
  { choices }: MergeFieldFacts,
): TypeAnswer {
  if (column.kind !== 'enum' && !isText(column)) return misfit('it takes one of its words');
  if (choices.length === 0) return misfit('it has no choices yet');
  const call = callEnumeration(choices);
  const words = column.kind === 'enum' ? column.labels : values;
  const own = tryEnumeration(choices);
  if (own === null) return misfit('its choices differ in case only');
  const foreign = [...new Set(words.filter((word) => !own.parse(word).ok))];
  if (foreign.length === 0) return fits(call, 'crm');
  const most = shareOf(words, (word) => own.parse(word).ok);
  const text = `the CRM also holds ${foreign.slice(0, 5).map(quoted).join(', ')}, which it has no choice for`;
  return most >= READABLE_MIN
    ? { kind: 'fits', type: { call, owner: 'crm', note: `Careful: ${text}.` } }
    : misfit(text);
}

interface Reading {
  readonly type: FieldType;
  readonly call: string;
  readonly owner: TypeProposal['owner'];
}

function ifReadable(column: ColumnFacts, values: readonly string[], reading: Reading): TypeAnswer {
  const { type, call, owner } = reading;
  if (!isText(column)) return misfit(`a column of type ${column.type} is none`);
  const readable = shareOf(values, (value) => type.parse(value).ok);
  if (readable < READABLE_MIN)
    return misfit(
      `of ${values.length} values looked at ${Math.round(values.length * (1 - readable))} are no ${type.name}`,
    );
  return fits(call, owner);
}

function tryEnumeration(words: readonly string[]): FieldType | null {
  try {
    return enumeration(words);
  } catch {
    return null;
  }
}

const isText = (column: ColumnFacts): boolean => isTextColumn(column) || column.base === 'uuid';
const isDay = ({ base }: ColumnFacts): boolean => base === 'date' || TIMES.has(base);
const quoted = (text: string): string => `“${text}”`;

export const quoteText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

const callEnumeration = (words: readonly string[]): string =>
  `enumeration([${words.map(quoteText).join(', ')}])`;

const fits = (call: string, owner: TypeProposal['owner']): TypeAnswer => ({
  kind: 'fits',
  type: { call, owner },
});
const misfit = (reason: string): TypeAnswer => ({ kind: 'misfit', reason });
