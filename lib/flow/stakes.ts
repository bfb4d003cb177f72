/**
 * What a deed would write, as a digest: a person's word about what a brake holds is for that and for nothing else.
 * Apart from held.ts, which lists what is held: whoever writes has no right to that list.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../engine/fingerprint.ts';
import type { Verdict } from '../engine/judge.ts';
import type { LedgerVerdict } from '../engine/ledger.ts';
import type { Deed, FieldSpec } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';

const DIGEST_LENGTH = 10;

/** What each of these deeds would write, as digests in their order. */
export function stakesOf(
  fields: readonly FieldSpec[],
  verdict: Verdict,
  deeds: readonly Deed[],
): readonly string[] {
  return deeds.map((deed) => {
    const json = canonicalJson(stakeOf(fields, verdict, deed));
    return createHash('sha256').update(json).digest('base64url').slice(0, DIGEST_LENGTH);
  });
}

function stakeOf(fields: readonly FieldSpec[], verdict: Verdict, { kind, column }: Deed): Json {
  const { toApp, toCrm } = verdict;
  if (column === null) {
    const { plan } = verdict as Partial<LedgerVerdict>;
    return { toApp: { ...toApp }, toCrm: { ...toCrm }, row: plan?.put?.digest ?? null };
  }
  const field = fields.find((each) => each.column === column);
  const sent = kind.endsWith('-app') ? toApp : toCrm;
  return (field === undefined ? undefined : sent[field.fingerprint]) ?? null;
}
