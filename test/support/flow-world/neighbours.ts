/** Several apps of one CRM: a world for each sync, over one table and one clock. */
import type { SyncConfig } from '../../../lib/config/model.ts';
import type { Member } from './audience.ts';
import type { Values } from './crm-table.ts';
import { readRecords, type MemoryState } from './memory-state.ts';
import { createWorld, type World } from './world.ts';

/** In the order of their syncs. */
export type Neighbours = readonly [World, ...World[]];

export interface NeighboursOptions {
  readonly seed: number;
  /** What a BEFORE trigger of the CRM makes of a row. @default it leaves it */
  readonly trigger?: (cells: Values) => Values;
}

export function createNeighbours(
  syncs: readonly [SyncConfig, ...SyncConfig[]],
  options: NeighboursOptions,
): Neighbours {
  const [own, ...others] = syncs;
  const first = createWorld(options);
  first.redeploy(own);
  const beside = others.map((sync, n) => {
    const world = createWorld({ seed: options.seed + n + 1, beside: first });
    world.redeploy(sync);
    return world;
  });
  return [first, ...beside];
}

/** What an app makes of its members by itself, some time after somebody wrote there; true: something. */
export function tidyUp({ audience }: World, tidy: (member: Member) => void): boolean {
  const members = [...audience.members.values()];
  const before = Math.max(0, ...members.map(({ change }) => change));
  for (const member of members) audience.touch(member, tidy);
  return members.some(({ change }) => change > before);
}

/** Writes of the sync that changed something at an end, from the nth on. */
export function countWrites(
  { monitor }: World,
  from = 0,
): { readonly app: number; readonly crm: number } {
  const writes = monitor.writes.slice(from);
  const app = writes.filter((write) => write.startsWith('app ')).length;
  return { app, crm: writes.length - app };
}

/** Columns that stand parked. */
export const parkedIn = (memory: MemoryState): readonly string[] =>
  readRecords(memory).flatMap(({ state: { parked } }) =>
    Object.keys(parked).map((name) => name.slice(0, name.indexOf('>'))),
  );
