/** Typed access to resolved properties; what is missing or of another type is refused by name. */
import type { JsonObject, Resource } from './assembly.ts';
import { refuse } from './resource-rules.ts';

export function readString(resource: Resource, name: string): string | undefined {
  const value = resource.properties[name];
  if (value === undefined || typeof value === 'string') return value;
  throw refuse(resource, name, 'must be a text');
}

export function requireString(resource: Resource, name: string): string {
  const value = readString(resource, name);
  if (value !== undefined) return value;
  throw refuse(resource, name, 'is required');
}

export function readNumber(resource: Resource, name: string): number | undefined {
  const value = resource.properties[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw refuse(resource, name, 'must be a number');
}

/** Absent is empty. */
export function readObject(resource: Resource, name: string): JsonObject {
  return (resource.properties[name] ?? {}) as JsonObject;
}

/** Absent is empty. */
export function readList<Item>(resource: Resource, name: string): readonly Item[] {
  return (resource.properties[name] ?? []) as readonly Item[];
}
