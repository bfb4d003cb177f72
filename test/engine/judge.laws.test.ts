/** The laws of the judgement of a whole record: two ends, random edits, writes carried out until nothing is left. */
import fc from 'fast-check';
import { judge, type Case } from '../../lib/engine/judge.ts';
import type { RecordState } from '../../lib/engine/model.ts';
import type { Value } from '../../lib/engine/value.ts';
import { CRM_OWNED, EVERY_FIELD, LABELS, STATUS, fieldOf, syncOf } from './fields.ts';
import { edits, ends, play, record, unequal } from './judge-arbitraries.ts';
import {
  agreedOn,
  applyRecord,
  caseOf,
  createWorld,
  freshState,
  looksAgain,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

const worldOf = (
  crm: Record<string, Value>,
  app: Record<string, Value>,
  more: Parameters<typeof createWorld>[2] = {},
): World =>
  createWorld(syncOf(), { crm: sideOf('present', crm), app: sideOf('present', app) }, more);

describe('A record at both ends', () => {
  test('becomes equal in every field that is not parked, and is then not written again', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        play(world, script);
        expect(unequal(world)).toEqual([]);
        const { parked } = world.state;
        expect(looksAgain(world)).toEqual([]);
        expect(world.state.parked).toEqual(parked);
      }),
      { numRuns: 200 },
    );
  });

  test('comes to rest although an end rewrites what it is given', () => {
    const cut = (value: Value): Value => (value === 'c' ? 'b' : value);
    fc.assert(
      fc.property(record, record, edits, ends, (crm, app, script, rewriter) => {
        const world = worldOf(crm, app, {
          stores: (end, { role }, value) =>
            end === rewriter && role === 'plain' ? cut(value) : value,
        });
        play(world, script);
        expect(looksAgain(world)).toEqual([]);
        const marked = world.spec.fields.filter(
          ({ fingerprint: name }) => world.state.shadow?.pairs[name]?.rewrittenBy === rewriter,
        );
        const open = unequal(world).filter(
          (column) => !marked.some((field) => field.column === column),
        );
        expect(open).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('forgets no withdrawal: the time of the last one never goes back', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        const times: number[] = [];
        play(world, script, () => times.push(world.state.withdrawnAt ?? 0));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });

  test('subscribes nobody whose last withdrawal is newer than every opt-in of the owner', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        const granted: unknown[] = [];
        let written = 0;
        play(world, script, () => {
          const news = world.writes.slice(written);
          written = world.writes.length;
          const { optInAt } = world.ends.app;
          const { withdrawnAt } = world.state;
          const isProven = withdrawnAt === null || (optInAt !== null && optInAt > withdrawnAt);
          const grants = news.filter(({ values }) => values[STATUS.fingerprint] === 'subscribed');
          if (!isProven) granted.push(...grants);
        });
        expect(granted).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('notes an intent exactly when a shared field, consent or the match value is written', () => {
    fc.assert(
      fc.property(record, record, (crm, app) => {
        const verdicts = applyRecord(worldOf(crm, app));
        for (const { toApp, toCrm, needsIntent, action } of verdicts) {
          const written = EVERY_FIELD.filter(
            ({ fingerprint }) => fingerprint in toApp || fingerprint in toCrm,
          );
          const isDelicate = written.some(
            ({ owner, role }) => owner === 'shared' || role === 'consent' || role === 'match',
          );
          expect([action, needsIntent]).toEqual(['merge', isDelicate]);
        }
      }),
    );
  });

  test('is judged without touching what was given', () => {
    fc.assert(
      fc.property(record, record, (crm, app) => {
        const seen = caseOf(syncOf(), {
          crm: sideOf('present', crm),
          app: sideOf('present', app),
        });
        const before = structuredClone({ ...seen, spec: null });
        judge(seen);
        expect({ ...seen, spec: null }).toEqual(before);
      }),
    );
  });
});

describe('Looking before overwriting', () => {
  test('nothing but a plain field of the CRM is written to the app on anything but a fresh look', () => {
    const proofs = fc.constantFrom<Case['proof']>('assumed', 'seen');
    fc.assert(
      fc.property(
        fc.tuple(record, record, record),
        proofs,
        fc.boolean(),
        ([c0, crm, app], proof, cautious) => {
          const world = worldOf(c0, c0);
          applyRecord(world);
          const looked = judge(
            caseOf(world.spec, {
              state: world.state,
              crm: sideOf('present', crm),
              app: proof === 'seen' ? sideOf('present', app) : null,
              proof,
              cautious,
            }),
          );
          const sent = EVERY_FIELD.filter(({ fingerprint }) => fingerprint in looked.toApp);
          expect(sent.filter(({ owner, role }) => owner !== 'crm' || role !== 'plain')).toEqual([]);
          expect(cautious && sent.length > 0).toBe(false);
          expect(proof === 'assumed' && Object.keys(looked.toCrm).length > 0).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each<[string, Partial<Case>]>([
    ['an open intent', { state: intentState() }],
    ['a row that is gone', { crm: sideOf('absent') }],
    ['a row that left the filter', { crm: sideOf('excluded') }],
  ])('%s asks for a look first', (_name, more) => {
    const met = { existence: { c: 'present', r: 'present' }, pairs: {} } as const;
    const state = freshState({ link: 'linked', shadow: met });
    const { look } = judge(
      caseOf(syncOf([CRM_OWNED]), { state, ...more, app: null, proof: 'assumed' }),
    );
    expect(look).toMatch(/\w/);
  });

  test('a person nobody has met is created unseen, one who was there before only after a look', () => {
    const spec = syncOf([CRM_OWNED], { onAppDelete: 'recreate' });
    const row = sideOf('present', { [CRM_OWNED.fingerprint]: 'a' });
    const unseen = { crm: row, app: null, proof: 'assumed' } as const;
    const stranger = freshState({ remoteId: null });
    const gone = { existence: { c: 'excluded', r: 'absent' }, pairs: {} } as const;
    const verdictOf = (state: RecordState) => judge(caseOf(spec, { ...unseen, state }));
    expect(verdictOf(stranger)).toMatchObject({ look: null, action: 'create-app' });
    expect(verdictOf(freshState()).look).toMatch(/made again/);
    expect(verdictOf({ ...stranger, link: 'linked', shadow: gone }).look).toMatch(/made again/);
  });

  test('an open intent is settled without the app when there is nothing to look for', () => {
    const spec = syncOf([CRM_OWNED]);
    const state = { ...intentState(), shadow: null, remoteId: null, link: 'planned' } as const;
    const { look, action } = judge(
      caseOf(spec, { state, crm: sideOf('absent'), app: null, proof: 'fresh' }),
    );
    expect([look, action]).toEqual([null, 'settle']);
  });

  test('two values of a shared field that meet for the first time are looked at before one is chosen', () => {
    const field = fieldOf('x', { onConflict: 'app' });
    const met = (crm: Value, app: Value) =>
      judge(
        caseOf(syncOf([field]), {
          crm: sideOf('present', { [field.fingerprint]: crm }),
          app: sideOf('present', { [field.fingerprint]: app }),
          proof: 'seen',
        }),
      );
    expect(met('a', 'b').look).toBe('both ends changed a field');
    expect(met(null, 'b')).toMatchObject({ look: null, toCrm: { [field.fingerprint]: 'b' } });
  });

  test('a field that an answer left out is looked at before the record is called settled', () => {
    const world = agreedOn(LABELS, ['a']);
    const seen = {
      state: world.state,
      crm: world.ends.crm,
      app: sideOf('present'),
      proof: 'seen',
    } as const;
    expect(judge(caseOf(world.spec, seen)).look).toBe('a field was not shown');
  });
});

function intentState() {
  const shadow = { existence: { c: 'present', r: 'present' }, pairs: {} } as const;
  const intent = { at: START_MS, toApp: {}, toCrm: {}, existence: null };
  return freshState({ link: 'linked', shadow, intent });
}
