/**
 * What is wrong with a configuration, in lines: the place, what was found there, and what to do. From zod's issues
 * only their kind is taken; the words are ours, so that they name what a user wrote.
 */
import * as z from 'zod';
import { didYouMean } from './nearest-word.ts';

export interface Problem {
  /** Key path, such as `syncs.0.fields.email.app`. */
  readonly at: string;
  readonly text: string;
}

export class ConfigError extends Error {
  /** `<place>: <what>`, in the order of the configuration. */
  readonly problems: readonly string[];
  /** The loader knows it; a configuration made by a test has none. */
  constructor(problems: readonly string[], file: string | null = null) {
    const lines = problems.map((problem) => `  - ${file === null ? '' : `${file}: `}${problem}`);
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export const lineOf = ({ at, text }: Problem): string => (at === '' ? text : `${at}: ${text}`);

type Path = readonly PropertyKey[];

/** All issues of a value against its schema. `at` is the value's own place. */
export function problemsOf(schema: z.ZodType, given: unknown, at: Path = []): readonly Problem[] {
  const parsed = schema.safeParse(given);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => describeIssue(issue, schema, given, at));
}

export const placeOf = (path: Path): string => path.map(String).join('.');

function describeIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  given: unknown,
  at: Path,
): readonly Problem[] {
  const path = [...at, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      at: placeOf([...path, key]),
      text: unknownKey(key, known),
    }));
  }
  const found = valueAt(given, issue.path);
  const text =
    issue.code === 'invalid_key'
      ? `the name ${issue.issues.map(({ message }) => message).join(', ')}`
      : foundAndWanted(found, expectation(issue, found));
  return [{ at: placeOf(path), text }];
}

/** A whole sentence of a check is told as it is: what is wrong with an object is not that it is one. */
const foundAndWanted = (found: unknown, wanted: string): string =>
  typeof found === 'object' && found !== null && !/^(must|is) /.test(wanted)
    ? wanted
    : `${describeValue(found)}; ${wanted}`;

function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  const others = known.length === 0 ? '' : `; there is ${known.join(', ')}`;
  return `there is no option “${key}”${guess === '' ? others : guess}`;
}

function expectation(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const guess = typeof found === 'string' ? didYouMean(found, values) : '';
    return `must be ${values.map((value) => `“${value}”`).join(' or ')}${guess}`;
  }
  if (issue.code === 'invalid_type') return `must be ${NOUNS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small') return ownWords(issue) ?? `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return ownWords(issue) ?? `must be at most ${issue.maximum}`;
  if (issue.code === 'invalid_union') return ownWords(issue) ?? 'must be a text or a list of texts';
  return issue.message;
}

/** Zod's own sentences begin with these. */
const ownWords = ({ message }: z.core.$ZodIssue): string | null =>
  /^(Too |Invalid )/.test(message) ? null : message;

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Nothing of what a secret may be is shown: names of secrets stand in configurations, not what is in them. */
function describeValue(found: unknown): string {
  if (found === undefined) return 'is missing';
  if (typeof found === 'function') return 'found a function';
  if (Array.isArray(found)) return `found a list of ${found.length}`;
  if (typeof found === 'object' && found !== null) return 'found an object';
  return typeof found === 'string' ? `found “${shorten(found)}”` : `found ${JSON.stringify(found)}`;
}

const SHOWN_MAX = 60;

const shorten = (text: string): string =>
  text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;

function valueAt(given: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    given,
  );
}

/** The keys an object may have there; none where that depends on which form of several is meant. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const found = path.reduce<z.core.$ZodType | undefined>(stepInto, schema);
  const object = unwrap(found);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function stepInto(schema: z.core.$ZodType | undefined, key: PropertyKey) {
  const own = unwrap(schema);
  if (own instanceof z.ZodObject) return (own.shape as Record<PropertyKey, z.ZodType>)[key];
  if (own instanceof z.ZodArray) return own.element;
  return own instanceof z.ZodRecord ? own.valueType : undefined;
}

const unwrap = (schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrap(schema.unwrap())
    : schema;
