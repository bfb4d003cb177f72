import fc from 'fast-check';
import { createChangeOrder } from '../../lib/local/mailchimp/change-order.ts';
import type { Member } from '../../lib/local/mailchimp/model.ts';

interface Step {
  readonly contactId: string;
  readonly changedAt: number;
  readonly isForgotten: boolean;
}

const step = fc.record({
  contactId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  changedAt: fc.integer({ min: 0, max: 5 }).map((second) => second * 1000),
  isForgotten: fc.boolean(),
});

function member({ contactId, changedAt }: Step, changeSeq: number): Member {
  return { contactId, changedAt, changeSeq } as Member;
}

describe('the order of change', () => {
  test('is that of a list sorted anew, whatever the clock did and however often it is asked', () => {
    const bound = fc.option(fc.integer({ min: -1, max: 6 }).map((second) => second * 1000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), bound, bound, (steps, after, before) => {
        const order = createChangeOrder();
        const current = new Map<string, Member>();
        const read = (): string[] => {
          const { entries, begin, end } = order.between(after, before);
          return entries.slice(begin, end).flatMap((entry) => entry?.contactId ?? []);
        };
        for (const [index, one] of steps.entries()) {
          if (one.isForgotten) {
            current.delete(one.contactId);
            order.forget(one.contactId);
          } else {
            current.set(one.contactId, member(one, index));
            order.note(member(one, index));
          }
          if (index % 7 === 0) read();
        }
        const expected = [...current.values()]
          .filter(({ changedAt }) => after === null || changedAt > after)
          .filter(({ changedAt }) => before === null || changedAt < before)
          .toSorted((a, b) => a.changedAt - b.changedAt || a.changeSeq - b.changeSeq)
          .map(({ contactId }) => contactId);
        expect(read()).toEqual(expected);
      }),
    );
  });
});
