/** Whoever begins to work by a map that nobody has accepted must write nothing. */
import type { SyncConfig } from '../../../lib/config/model.ts';
import { compareMaps, mapCode, mapOf } from '../../../lib/engine/sync-map.ts';
import { readCheckpoint, readHealth, type MemoryState } from './memory-state.ts';

export const codeOf = ({ spec, functions }: SyncConfig): string => mapCode(mapOf(spec, functions));

/** Asked when an invocation begins: a page that is under way when another map is taken up is finished. */
export function watchUnseen(
  {
    memory,
    monitor,
  }: {
    readonly memory: MemoryState;
    readonly monitor: { readonly violations: string[] };
  },
  sync: SyncConfig,
): (what: string) => void {
  const known = readCheckpoint(memory)?.map;
  const isOther =
    known !== undefined && compareMaps(known, mapOf(sync.spec, sync.functions)) !== null;
  if (!isOther || readHealth(memory).accepted?.code === codeOf(sync)) return () => undefined;
  return (what) => void monitor.violations.push(`${what}: written by a map that nobody accepted`);
}
