/** How much each part does: in full, for the figures in the documents, or quickly, for trying. */

export interface Sizes {
  readonly counts: { readonly contacts: number; readonly changed: number };
  readonly sweep: { readonly records: number; readonly drifted: number };
  readonly engine: { readonly records: number; readonly rounds: number };
  readonly firstSync: {
    readonly contacts: number;
    readonly changed: number;
    readonly naiveIds: readonly number[];
    readonly naiveCalls: number;
  };
  readonly memory: { readonly contacts: readonly number[] };
  readonly latency: { readonly samples: number; readonly firstSyncContacts: number };
  readonly isolation: { readonly pairs: number; readonly samples: number };
  readonly capture: {
    readonly rows: number;
    readonly singles: number;
    readonly pairs: number;
    readonly bulkPairs: number;
  };
  readonly bundles: { readonly starts: number };
}

export const FULL: Sizes = {
  counts: { contacts: 5_000, changed: 2_000 },
  sweep: { records: 20_000, drifted: 200 },
  engine: { records: 50_000, rounds: 7 },
  firstSync: {
    contacts: 50_000,
    changed: 1_000,
    naiveIds: [100_000, 1_000_000],
    naiveCalls: 2_000,
  },
  memory: { contacts: [5_000, 500_000] },
  latency: { samples: 60, firstSyncContacts: 50_000 },
  isolation: { pairs: 5, samples: 30 },
  capture: { rows: 1_000_000, singles: 500, pairs: 15, bulkPairs: 5 },
  bundles: { starts: 9 },
};

export const QUICK: Sizes = {
  counts: { contacts: 600, changed: 200 },
  sweep: { records: 1_000, drifted: 20 },
  engine: { records: 5_000, rounds: 3 },
  firstSync: { contacts: 2_000, changed: 200, naiveIds: [10_000, 100_000], naiveCalls: 200 },
  memory: { contacts: [500, 5_000] },
  latency: { samples: 5, firstSyncContacts: 2_000 },
  isolation: { pairs: 2, samples: 4 },
  capture: { rows: 20_000, singles: 100, pairs: 5, bulkPairs: 3 },
  bundles: { starts: 2 },
};
