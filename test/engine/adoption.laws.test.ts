/** After a lost position: what is still a base, what is not, and when a record stands on its own again. */
import fc from 'fast-check';
import {
  baseOf,
  isInDoubt,
  meetAnew,
  nextAdoption,
  settleDoubt,
  type Adoption,
} from '../../lib/engine/adoption.ts';
import { judge, type Case } from '../../lib/engine/judge.ts';
import type { Pair } from '../../lib/engine/model.ts';
import { isEquivalent } from '../../lib/engine/value.ts';
import { anyState } from '../state/records.arbitrary.ts';
import { EVERY_FIELD, syncOf } from './fields.ts';
import { record } from './judge-arbitraries.ts';
import { caseOf, freshState, sideOf } from './two-ends.ts';

const adoption = (more: Partial<Adoption> = {}): Adoption =>
  nextAdoption(null, { at: 1, reason: 'restored', forgets: 'values', order: null, ...more });
/** Pairs of whatever both ends once said, and both ends as they are now. */
const anyCase: fc.Arbitrary<Case> = fc
  .tuple(record, record, record, record)
  .map(([c, r, crm, app]) => {
    const pairs = Object.fromEntries(
      EVERY_FIELD.map(({ fingerprint: name }): [string, Pair] => [
        name,
        { c: c[name] ?? null, r: r[name] ?? null },
      ]),
    );
    const existence = { c: 'present', r: 'present' } as const;
    const state = freshState({ link: 'linked', shadow: { existence, pairs } });
    return caseOf(syncOf(), { state, crm: sideOf('present', crm), app: sideOf('present', app) });
  });

const inDoubt = (judged: Case): Case => ({
  ...judged,
  state: { ...judged.state, adopted: { number: 1, isInDoubt: true } },
});

describe('a record met anew', () => {
  test('is met once for each adoption, and keeps what was agreed, withdrawn and deleted', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const met = meetAnew({ ...state, adopted: { number: 0, isInDoubt: false } }, adoption());
        expect(meetAnew(met, adoption())).toBe(met);
        expect(met.adopted?.number).toBe(1);
        expect([met.shadow, met.withdrawnAt, met.deletedAt, met.intent]).toEqual([
          state.shadow,
          state.withdrawnAt,
          state.deletedAt,
          state.intent,
        ]);
      }),
    );
  });

  test('at another app has no partner, and nothing that was agreed with one', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const earlier = { ...state, adopted: { number: 0, isInDoubt: true } };
        const met = meetAnew(earlier, adoption({ forgets: 'partner' }));
        expect([met.remoteId, met.shadow, met.intent, met.parking, met.ledger]).toEqual(
          Array.from({ length: 5 }, () => null),
        );
        expect([met.key, met.withdrawnAt, met.deletedAt]).toEqual([
          state.key,
          state.withdrawnAt,
          state.deletedAt,
        ]);
        expect(isInDoubt(met)).toBe(false);
      }),
    );
  });

  test('takes a pair for its base only while both ends show it', () => {
    fc.assert(
      fc.property(anyCase, ({ spec, state, crm, app }) => {
        for (const field of spec.fields) {
          const pair = state.shadow?.pairs[field.fingerprint];
          const [c, r] = [crm.fields[field.fingerprint], app?.fields[field.fingerprint]];
          if (pair === undefined || c === undefined || r === undefined) continue;
          const doubted = { adopted: { number: 1, isInDoubt: true } };
          const isShown =
            isEquivalent(field.type, pair.c, c) && isEquivalent(field.type, pair.r, r);
          const shown = { field, crm: c, app: r };
          expect(baseOf(doubted, pair, shown)).toBe(isShown ? pair : undefined);
          expect(baseOf({}, pair, shown)).toBe(pair);
        }
      }),
    );
  });

  test('that came to rest stands on its own again, on pairs that both ends show', () => {
    fc.assert(
      fc.property(anyCase, (judged) => {
        const { spec, state, crm, app } = inDoubt(judged);
        const settled = settleDoubt(spec.fields, state, { crm, app });
        expect(isInDoubt(settled)).toBe(false);
        for (const [name, pair] of Object.entries(settled.shadow?.pairs ?? {}))
          expect(pair).toBe(state.shadow?.pairs[name]);
      }),
    );
  });

  test('overwrites nothing at the app that nobody looked at', () => {
    fc.assert(
      fc.property(anyCase, (judged) => {
        const verdict = judge({ ...inDoubt(judged), app: null, proof: 'assumed' });
        const isWriting = Object.keys(verdict.toApp).length > 0;
        expect(isWriting && verdict.action === 'merge').toBe(false);
      }),
    );
  });
});
