/**
 * Plain data as DynamoDB attribute values. Our own, because attributes of newer code have to pass
 * through unread and unchanged, which a converter to JavaScript values cannot promise (big numbers, sets).
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** What we store; a property that is undefined is left out. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [name: string]: Plain | undefined };

export function toAttribute(plain: Plain): AttributeValue {
  if (plain === null) return { NULL: true };
  if (typeof plain === 'boolean') return { BOOL: plain };
  if (typeof plain === 'number') return { N: requireFinite(plain) };
  // A lone surrogate is no UTF-8: the service refuses the whole batch that carries one.
  if (typeof plain === 'string') return { S: plain.toWellFormed() };
  if (isList(plain)) return { L: plain.map(toAttribute) };
  return { M: toItem(plain) };
}

export function toItem(plain: { readonly [name: string]: Plain | undefined }): Item {
  const entries: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(plain)) {
    if (value !== undefined) entries.push([name, toAttribute(value)]);
  }
  return Object.fromEntries(entries);
}

export function fromAttribute(attribute: AttributeValue): Plain {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M !== undefined) return fromItem(attribute.M);
  throw new Error(`This code stores no attributes of type ${Object.keys(attribute).join()}.`);
}

export function fromItem(item: Item): { readonly [name: string]: Plain } {
  return Object.fromEntries(Object.entries(item).map(([name, at]) => [name, fromAttribute(at)]));
}

/** The text of an attribute that every item of its kind has. */
export function requireText(item: Item, name: string): string {
  const text = item[name]?.S;
  if (text === undefined) throw new Error(`The item has no text ${name}: ${describeKeys(item)}.`);
  return text;
}

export function requireNumber(item: Item, name: string): number {
  const digits = item[name]?.N;
  if (digits === undefined)
    throw new Error(`The item has no number ${name}: ${describeKeys(item)}.`);
  return Number(digits);
}

/** Which item, for messages: its keys, which hold ids and never contact values. */
export function describeKeys(item: Item): string {
  return `${item['pk']?.S ?? '?'} ${item['sk']?.S ?? '?'}`;
}

function isList(plain: object): plain is readonly Plain[] {
  return Array.isArray(plain);
}

function requireFinite(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} cannot be stored as a number.`);
  return String(value);
}
