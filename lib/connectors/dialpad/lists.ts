/**
 * Dialpad's lists: phones, e-mails, links, the first of each being the primary one. We own one place or some of
 * them; what a person added besides must survive, though a write always replaces the whole list. Pure.
 */

export interface ListWrite {
  /** The new primary; null: there is to be none. Undefined: not ours to say. */
  readonly primary: string | null | undefined;
  /** All the others; undefined: not ours to say. */
  readonly extra: readonly string[] | undefined;
  /** The primary both ends last agreed on, as Dialpad shows it; null: none, or not known. */
  readonly agreed: string | null;
}

/** What two entries must share to be the same number, address or link. */
export type EntryKey = (entry: string) => string;

/**
 * The list to send. A primary that we replace leaves the list if it is the one that was agreed on: its value has
 * changed. Any other one was put in front by a person, and stays, behind ours, even if the others are written too:
 * nobody has judged it yet, and the next look finds it among them.
 */
export function mergeList(
  current: readonly string[],
  write: ListWrite,
  keyOf: EntryKey,
): readonly string[] {
  const [first, ...rest] = current;
  const agreedKey = write.agreed === null ? null : keyOf(write.agreed);
  const displaced =
    write.primary === undefined || first === undefined || keyOf(first) === agreedKey ? [] : [first];
  const primary = write.primary === undefined ? first : write.primary;
  const extra = write.extra === undefined ? rest : reorder(write.extra, rest, keyOf);
  const whole = [...(primary === null || primary === undefined ? [] : [primary]), ...displaced];
  return withoutRepeats([...whole, ...extra], keyOf);
}

/** Those that stay, in the order in which they stand and as they are written; then those that are new. */
function reorder(
  wanted: readonly string[],
  present: readonly string[],
  keyOf: EntryKey,
): readonly string[] {
  const keys = new Set(wanted.map(keyOf));
  return [...present.filter((entry) => keys.has(keyOf(entry))), ...wanted];
}

function withoutRepeats(entries: readonly string[], keyOf: EntryKey): readonly string[] {
  const byKey = new Map<string, string>();
  for (const entry of entries) {
    if (entry.trim() !== '' && !byKey.has(keyOf(entry))) byKey.set(keyOf(entry), entry);
  }
  return [...byKey.values()];
}
