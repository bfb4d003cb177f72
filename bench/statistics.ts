/** Order statistics of small samples. Pure. */

/** The value below which a share of the sample lies, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  const found = sorted[rank];
  if (found === undefined) throw new Error('a percentile of nothing');
  return found;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
