/** Small tools of the stored forms: properties that are left out when there is nothing to store. */

export type ByField<T> = Readonly<Record<string, T>>;

/** The fields with what `of` makes of each, without those it makes nothing of; undefined when none is left. */
export function mapFields<T, U>(
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
export function optional<N extends string, T>(
  name: N,
  value: T | undefined,
): { readonly [K in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: T };
}

export function ownValue<T>(fields: ByField<T> | undefined, field: string): T | undefined {
  return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

export const same = <T>(value: T): T => value;
