/** The judgement for an app that shows nobody: what is told, what is taken back, and what a crash leaves to do. */
import fc from 'fast-check';
import { judgeLedger, noteLedger, settleLedger, type Encoded } from '../../lib/engine/ledger.ts';
import type { CrmKey, CrmSide, RecordState, SyncSpec } from '../../lib/engine/model.ts';
import { consent, email } from '../../lib/engine/types/index.ts';
import { newState } from '../../lib/flow/work.ts';

const field = (
  column: string,
  type: SyncSpec['fields'][number]['type'],
  role: 'match' | 'consent',
) => ({
  column,
  path: column,
  type,
  owner: 'crm' as const,
  onConflict: 'manual' as const,
  role,
  adoptEmpty: false,
  fingerprint: column,
});

const spec: SyncSpec = {
  name: 'contacts-ads',
  fields: [field('email', email(), 'match'), field('status', consent(), 'consent')],
  create: { inApp: true, inCrm: false },
  onCrmDelete: 'archive',
  onAppDelete: 'leave',
  mark: null,
};

const side = (more: Partial<CrmSide> = {}): CrmSide => ({
  existence: 'present',
  fields: {},
  broken: {},
  changedAt: null,
  optInAt: null,
  ...more,
});

const rowOf = (ids: readonly string[]): Encoded =>
  ids.length === 0
    ? { kind: 'nobody', reason: 'nothing to find anybody by' }
    : { kind: 'row', row: { ids, digest: ids.join(), cells: [...ids] } };

const NEW = newState('1' as CrmKey);
const base = { spec, state: NEW, crm: side(), encoded: rowOf(['a']), again: false, now: 1 };

/** Told of these and acknowledged. */
function told(ids: readonly string[]): RecordState {
  const verdict = judgeLedger({ ...base, encoded: rowOf(ids) });
  if (verdict.plan === null) throw new Error('nothing was to be told');
  return settleLedger(noteLedger(verdict, 1), verdict.plan, 1);
}

const ids = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd'), { minLength: 1 });
const sides = fc.constantFrom(
  side(),
  side({ existence: 'excluded' }),
  side({ existence: 'absent' }),
  side({ fields: { status: 'unsubscribed' } }),
);

describe('an app that shows nobody', () => {
  test('has in the end what the row says, and nothing it was ever told besides', () => {
    fc.assert(
      fc.property(ids, ids, sides, (before, after, crm) => {
        const app = new Set(before);
        const verdict = judgeLedger({ ...base, state: told(before), crm, encoded: rowOf(after) });
        for (const id of verdict.plan?.take ?? []) app.delete(id);
        for (const id of verdict.plan?.put?.ids ?? []) app.add(id);
        const isIn = crm.existence === 'present' && crm.fields['status'] === undefined;
        expect([...app].sort()).toEqual(isIn ? [...after].sort() : []);
      }),
    );
  });

  test('is told nothing once it has acknowledged', () => {
    fc.assert(
      fc.property(ids, sides, (after, crm) => {
        const first = judgeLedger({ ...base, state: told(['a']), crm, encoded: rowOf(after) });
        const { plan } = first;
        const state = plan === null ? first.state : settleLedger(noteLedger(first, 2), plan, 2);
        const second = judgeLedger({ ...base, state, crm, encoded: rowOf(after) });
        expect(second).toMatchObject({ plan: null, deeds: [], decisions: [], action: 'settle' });
      }),
    );
  });

  test('may hold nothing that is not in the ledger, wherever the process dies', () => {
    fc.assert(
      fc.property(ids, ids, ids, (before, sent, later) => {
        // Asked for again, so that there is something to send even where nothing changed.
        const asked = { ...base, state: told(before), encoded: rowOf(sent), again: true };
        const noted = noteLedger(judgeLedger(asked), 2);
        const may = new Set([...before, ...sent]);
        expect(new Set(noted.ledger?.ids)).toEqual(may);
        const redo = judgeLedger({ ...base, state: noted, encoded: rowOf(later) });
        const left = [...may].filter((id) => !later.includes(id));
        expect(new Set(redo.plan?.take)).toEqual(new Set(left));
        expect(redo.plan?.put?.ids).toEqual(later);
      }),
    );
  });

  test('lets whoever withdrew go under no brake, and everybody else under one', () => {
    const state = told(['a']);
    const withdrawn = judgeLedger({
      ...base,
      state,
      crm: side({ fields: { status: 'complained' } }),
    });
    expect(withdrawn.deeds).toEqual([{ kind: 'delete-app', column: null, class: null }]);
    expect(withdrawn.plan?.everywhere).toBe(true);
    const cleaned = judgeLedger({ ...base, state, crm: side({ fields: { status: 'cleaned' } }) });
    expect(cleaned.plan?.everywhere).toBe(false);
    const excluded = judgeLedger({ ...base, state, crm: side({ existence: 'excluded' }) });
    expect(excluded.deeds).toEqual([{ kind: 'archive-app', column: null, class: 'archive' }]);
    const created = judgeLedger(base);
    expect(created.deeds).toEqual([{ kind: 'create-app', column: null, class: 'create' }]);
  });

  test('lets nobody in, and takes nobody out, on a consent that cannot be read', () => {
    const crm = side({ broken: { status: 'no word of consent' } });
    expect(judgeLedger({ ...base, crm }).plan).toBeNull();
    expect(judgeLedger({ ...base, state: told(['a']), crm }).plan).toBeNull();
  });

  test('loses whom the filter excludes, whether their consent can be read or not', () => {
    const crm = side({ existence: 'excluded', broken: { status: 'archived is no consent' } });
    const verdict = judgeLedger({ ...base, state: told(['a']), crm });
    expect(verdict.plan?.take).toEqual(['a']);
    expect(verdict.deeds).toEqual([{ kind: 'archive-app', column: null, class: 'archive' }]);
    expect(judgeLedger({ ...base, crm }).plan).toBeNull();
  });

  test('keeps whom the configuration says to leave, unless they withdrew', () => {
    const leave = { ...base, spec: { ...spec, onCrmDelete: 'leave' as const }, state: told(['a']) };
    expect(judgeLedger({ ...leave, crm: side({ existence: 'absent' }) }).plan).toBeNull();
    expect(judgeLedger({ ...leave, crm: side({ existence: 'excluded' }) }).plan).toBeNull();
    const crm = side({ fields: { status: 'unsubscribed' } });
    expect(judgeLedger({ ...leave, crm }).plan?.take).toEqual(['a']);
  });

  test('is told again where somebody asks to look, and no history is made of that', () => {
    const verdict = judgeLedger({ ...base, state: told(['a']), again: true });
    expect(verdict).toMatchObject({ plan: { take: [] }, decisions: [] });
    expect(verdict.plan?.put?.ids).toEqual(['a']);
  });

  test('leaves no trace of whom it was never told of and shall not be', () => {
    const excluded = judgeLedger({ ...base, crm: side({ existence: 'excluded' }) });
    expect(excluded.state).toEqual(NEW);
    const none = { ...base, spec: { ...spec, create: { inApp: false, inCrm: false } } };
    expect(judgeLedger(none)).toMatchObject({ plan: null, state: NEW });
  });
});
