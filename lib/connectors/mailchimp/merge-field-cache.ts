/** The audience's merge fields, read again every five minutes and whenever Mailchimp disagrees with them. */
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Failure } from '../../ports/outcome.ts';
import type { Audience } from './audience.ts';
import { toFailure } from './failures.ts';
import type { MergeFields } from './merge-fields.ts';

export interface MergeFieldCache {
  read(budget: Budget): Promise<{ readonly kind: 'ok'; readonly value: MergeFields } | Failure>;
  /** Mailchimp refused a value: somebody may have changed the fields. */
  forget(): void;
}

const FRESH_MS = 5 * 60_000;

export function createMergeFieldCache(audience: Audience, clock: Clock): MergeFieldCache {
  let held: { readonly fields: MergeFields; readonly readAt: number } | null = null;
  return {
    async read(budget) {
      if (held !== null && clock.now() - held.readAt < FRESH_MS) {
        return { kind: 'ok', value: held.fields };
      }
      const answer = await audience.mergeFields(budget);
      if (answer.kind !== 'ok') return toFailure(answer, audience.id);
      const fields = new Map(answer.value.map((field) => [field.tag, field]));
      held = { fields, readAt: answer.beganAt };
      return { kind: 'ok', value: fields };
    },
    forget() {
      held = null;
    },
  };
}
