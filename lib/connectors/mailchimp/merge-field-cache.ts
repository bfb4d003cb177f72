/** The audience's merge fields, read again every five minutes and whenever Mailchimp disagrees with them. */
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Failure } from '../../ports/outcome.ts';
import type { Audience } from './audience.ts';
import { toFailure } from './failures.ts';
import type { MergeFields } from './merge-fields.ts';

export interface MergeFieldCache {
  read(budget: Budget): Promise<Fields>;
  /** For a value that has no form by what is held: the fields may have changed a moment ago. */
  readFresh(budget: Budget): Promise<Fields>;
  /** Mailchimp refused a value: somebody may have changed the fields. */
  forget(): void;
}

type Fields = { readonly kind: 'ok'; readonly value: MergeFields } | Failure;

const KEPT_MS = 5 * 60_000;
/** Bad values come again and again, and each must not cost a call. */
const FRESH_MS = 15_000;

export function createMergeFieldCache(audience: Audience, clock: Clock): MergeFieldCache {
  let held: { readonly fields: MergeFields; readonly readAt: number } | null = null;
  const read = async (budget: Budget, keptMs: number): Promise<Fields> => {
    if (held !== null && clock.now() - held.readAt < keptMs) {
      return { kind: 'ok', value: held.fields };
    }
    const answer = await audience.mergeFields(budget);
    if (answer.kind !== 'ok') return toFailure(answer, audience.id);
    const fields = new Map(answer.value.map((field) => [field.tag, field]));
    held = { fields, readAt: answer.beganAt };
    return { kind: 'ok', value: fields };
  };
  return {
    read: (budget) => read(budget, KEPT_MS),
    readFresh: (budget) => read(budget, FRESH_MS),
    forget() {
      held = null;
    },
  };
}
