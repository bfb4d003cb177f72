/** Who bears which identifier, in memory: what the flow keeps in its state (HolderStore of lib/ports/state.ts). */
import type { CrmKey } from '../engine/model.ts';
import type { Bearers } from '../flow/ledger-holders.ts';

export function createBearers(): Bearers {
  const held = new Map<string, Set<CrmKey>>();
  return {
    sync: { spec: { name: 'conformance' } },
    state: {
      putHolders: (_sync, holdings) => {
        for (const { id, key } of holdings) held.set(id, (held.get(id) ?? new Set()).add(key));
        return Promise.resolve();
      },
      dropHolders: (_sync, holdings) => {
        for (const { id, key } of holdings) held.get(id)?.delete(key);
        return Promise.resolve();
      },
      holdersOf: (_sync, ids, limit) => {
        const found = ids.map((id) => [id, [...(held.get(id) ?? [])].slice(0, limit)] as const);
        return Promise.resolve(new Map(found.filter(([, keys]) => keys.length > 0)));
      },
    },
  };
}
