/**
 * Replaces CloudFormation's intrinsic functions by values. Pure: what a resource is called is asked
 * of the caller. Anything unknown is refused by name, never passed on as if it were data.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import type { JsonObject } from './assembly.ts';
import { TemplateError } from './template-error.ts';

export interface Names {
  /** What `Ref` gives: of a resource, a parameter or a pseudo parameter. */
  ref(name: string): string | undefined;
  /** What `Fn::GetAtt` gives. */
  attribute(logicalId: string, attribute: string): string | undefined;
}

/** `Ref: AWS::NoValue` takes the property itself away. */
const absent = Symbol('AWS::NoValue');

export function resolveProperties(value: JsonObject, names: Names, place: string): JsonObject {
  return resolveAny(value, names, place) as JsonObject;
}

export function resolveValue(value: unknown, names: Names, place: string): unknown {
  const resolved = resolveAny(value, names, place);
  return resolved === absent ? undefined : resolved;
}

function resolveAny(value: unknown, names: Names, place: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, names, place)).filter((item) => item !== absent);
  }
  if (typeof value !== 'object' || value === null) return requireStatic(value, place);
  const entries = Object.entries(value as JsonObject);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && isIntrinsic(first[0])) {
    return resolveIntrinsic(first[0], first[1], names, place);
  }
  const resolved = entries.map(
    ([key, item]) => [key, resolveAny(item, names, `${place}.${key}`)] as const,
  );
  return Object.fromEntries(resolved.filter(([, item]) => item !== absent));
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
function requireStatic(value: unknown, place: string): unknown {
  if (typeof value !== 'string' || !value.includes('{{resolve:')) return value;
  throw new TemplateError(place, `the dynamic reference ${value} is not supported`);
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key === 'Condition' || key.startsWith('Fn::');
}

function resolveIntrinsic(name: string, argument: unknown, names: Names, place: string): unknown {
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? absent : refer(String(argument), names, place);
    case 'Fn::GetAtt':
      return getAttribute(argument, names, place);
    case 'Fn::Join': {
      const [separator, items] = requireList(argument, names, place);
      return requireList(items, names, place).map(String).join(String(separator));
    }
    case 'Fn::Select': {
      const [index, items] = requireList(argument, names, place);
      const chosen = requireList(items, names, place)[Number(index)];
      if (chosen === undefined) throw new TemplateError(place, 'Fn::Select chooses nothing');
      return chosen;
    }
    case 'Fn::Split': {
      const [separator, text] = requireList(argument, names, place);
      return String(text).split(String(separator));
    }
    case 'Fn::Sub':
      return substitute(argument, names, place);
    default:
      throw new TemplateError(place, `the intrinsic function ${name} is not supported`);
  }
}

function refer(name: string, names: Names, place: string): string {
  const value = names.ref(name);
  if (value === undefined)
    throw new TemplateError(place, `Ref names ${name}, which has no value here`);
  return value;
}

function getAttribute(argument: unknown, names: Names, place: string): string {
  const dotted = Array.isArray(argument) ? argument.map(String).join('.') : String(argument);
  const dot = dotted.indexOf('.');
  const [logicalId, attribute] = [dotted.slice(0, dot), dotted.slice(dot + 1)];
  const value = names.attribute(logicalId, attribute);
  if (value !== undefined) return value;
  throw new TemplateError(place, `Fn::GetAtt asks for ${dotted}, which is not supported`);
}

function requireList(argument: unknown, names: Names, place: string): readonly unknown[] {
  const list = resolveAny(argument, names, place);
  if (Array.isArray(list)) return list as readonly unknown[];
  throw new TemplateError(place, 'an intrinsic function expects a list here');
}

/** `${Name}`, `${Name.Attribute}`, `${!literal}`, with local names in the second argument. */
function substitute(argument: unknown, names: Names, place: string): string {
  const [text, given] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
  const local = resolveAny(given ?? {}, names, place) as JsonObject;
  return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal === '!') return `\${${name}}`;
    const own = local[name];
    if (own !== undefined) return String(own as string | number);
    return name.includes('.') ? getAttribute(name, names, place) : refer(name, names, place);
  });
}
