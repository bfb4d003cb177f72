/**
 * Reads what a function says of a batch of messages: which of them are to come back.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */

/**
 * The ids that failed; undefined when the answer cannot be understood, by which Lambda takes the
 * whole batch as failed (a wrong id or an empty one must not delete anything).
 */
export function readBatchAnswer(
  payload: unknown,
  sentIds: readonly string[],
): ReadonlySet<string> | undefined {
  if (payload === null || payload === undefined || payload === '') return new Set();
  if (typeof payload !== 'object') return undefined;
  const failures = (payload as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return undefined;
  const ids = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== 'string' || !sentIds.includes(id)) return undefined;
    ids.add(id);
  }
  return ids;
}
