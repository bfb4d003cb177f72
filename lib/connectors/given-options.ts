/** A connector's options as they travel in a configuration: JSON, which knows no undefined. */
import type { Json } from '../engine/value.ts';

type JsonOptions = { readonly [key: string]: Json };

export function givenOptions(options: { readonly [key: string]: Json | undefined }): JsonOptions {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}
