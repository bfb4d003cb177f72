/** The word a person reads about a record: one for every state there can be. */
import fc from 'fast-check';
import type { ParkedKind, RecordState, Withheld } from '../../lib/engine/model.ts';
import {
  labelOf,
  RECORD_LABELS,
  reasonOf,
  type RecordLabel,
} from '../../lib/engine/record-label.ts';
import { anyState } from '../state/records.arbitrary.ts';
import { freshState, START_MS } from './two-ends.ts';

const both = { existence: { c: 'present', r: 'present' }, pairs: {} } as const;
const linked = (more: Partial<RecordState> = {}): RecordState =>
  freshState({ link: 'linked', shadow: both, ...more });
const parkedAs = (kind: ParkedKind) =>
  ({ kind, crm: 'a', app: 'b', base: null, reason: 'because', at: START_MS }) as const;

const withheldBy = (by: Withheld['by']): Withheld => ({
  by,
  deeds: [{ kind: 'archive-app', column: null }],
  reason: 'because',
  at: START_MS,
  run: null,
});

describe('A record', () => {
  test('has exactly one label, and a reason whenever it is out of traffic', () => {
    const inTraffic: readonly RecordLabel[] = ['in step', 'pending', 'excluded', 'erased'];
    fc.assert(
      fc.property(anyState, (state) => {
        const label = labelOf(state);
        expect(RECORD_LABELS).toContain(label);
        expect(inTraffic.includes(label) || reasonOf(state) !== null).toBe(true);
      }),
    );
  });

  test.each<[RecordLabel, RecordState]>([
    ['in step', linked()],
    ['pending', freshState()],
    ['pending', linked({ remoteId: null })],
    ['pending', linked({ intent: { at: START_MS, toApp: {}, toCrm: {}, existence: null } })],
    ['excluded', linked({ shadow: { ...both, existence: { c: 'excluded', r: 'archived' } } })],
    ['excluded', linked({ shadow: { ...both, existence: { c: 'present', r: 'absent' } } })],
    [
      'erased',
      linked({ shadow: { ...both, existence: { c: 'absent', r: 'archived' } }, deletedAt: 1 }),
    ],
    ['waiting', linked({ parking: { kind: 'waiting', until: 1, attempts: 1, reason: 'later' } })],
    ['quarantined', linked({ parking: { kind: 'quarantined', reason: 'refused', at: 1 } })],
    ['held', linked({ withheld: withheldBy('brake') })],
    ['pending', linked({ withheld: withheldBy('mode') })],
  ])('is %s', (label, state) => {
    expect(labelOf(state)).toBe(label);
  });

  /** No Partial: a kind of parking that is missing here does not compile. */
  const KINDS: Record<ParkedKind, RecordLabel> = {
    conflict: 'conflict',
    fight: 'conflict',
    consent: 'held',
    rejected: 'quarantined',
    unreadable: 'quarantined',
    blocked: 'quarantined',
    waiting: 'waiting',
  };
  test.each(Object.entries(KINDS) as [ParkedKind, RecordLabel][])(
    'with a field parked as %s is %s',
    (kind, label) => {
      const state = linked({ parked: { x: parkedAs(kind) } });
      expect([labelOf(state), reasonOf(state)]).toEqual([label, 'because']);
    },
  );
});
