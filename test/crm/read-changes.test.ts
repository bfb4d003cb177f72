import { findLoss, identifyPrimary, unitePage } from '../../lib/crm/read-changes.ts';
import type { LogRow } from '../../lib/crm/sql/read-log.ts';
import type { Queryable } from '../../lib/crm/statement.ts';

const answering = (row: object): Queryable => ({
  query: () => Promise.resolve({ rows: [row] as never[], rowCount: 1 }),
});

const checkpoint = { position: { xid: '5', seq: '1' }, mark: 'm', systemId: '1', timeline: 'A' };
const reader = { mark: 'm', previous_mark: 'l', is_ahead: false, is_below_floor: false };
const primary = { systemId: '1', timeline: 'A' };

describe('the place in the log', () => {
  test('is good when everything is as it was', () => {
    expect(findLoss(checkpoint, primary, reader)).toBeNull();
    expect(findLoss({ ...checkpoint, mark: 'l' }, primary, reader)).toBeNull();
    expect(findLoss({ ...checkpoint, mark: null }, primary, { ...reader, mark: null })).toBeNull();
  });

  test.each([
    [{ ...primary, systemId: '2' }, reader, /another database system/],
    [{ ...primary, timeline: 'B' }, reader, /timeline B/],
    [primary, { ...reader, mark: null, previous_mark: null }, /gone/],
    [primary, { ...reader, mark: 'x', previous_mark: 'y' }, /went back/],
    [primary, { ...reader, is_ahead: true }, /future/],
    [primary, { ...reader, is_below_floor: true }, /purged/],
  ])('is lost otherwise (%#)', (now, state, reason) => {
    expect(findLoss(checkpoint, now, state)).toMatch(reason);
  });

  test('is never looked for on a standby', async () => {
    const standby = answering({ system_id: '1', timeline: null });
    await expect(identifyPrimary(standby)).rejects.toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('standby') as string,
    });
  });
});

describe('a page of log rows', () => {
  const row = (keys: string[] | null, at: number, found = 2, op = 'update'): LogRow => ({
    xid_text: '1',
    seq_text: '1',
    op,
    keys,
    at_ms: String(at),
    found: String(found),
  });

  test('says who is gone when their last word is a deletion', () => {
    const page = unitePage([
      row(['1', '2'], 10, 3, 'delete'),
      row(['2'], 20, 3, 'insert'),
      row(['3'], 30, 3, 'delete'),
    ]);
    expect(page.changes).toEqual([
      { key: '1', at: 10, goneAt: 10 },
      { key: '2', at: 20 },
      { key: '3', at: 30, goneAt: 30 },
    ]);
  });

  test('unites keys with their newest time, wherever it stands', () => {
    const page = unitePage([row(['1', '2'], 20), row(['2', '1'], 10)]);
    expect(page).toEqual({
      kind: 'page',
      changes: [
        { key: '1', at: 20 },
        { key: '2', at: 20 },
      ],
      resweep: false,
      more: false,
    });
  });

  test('with a row without keys asks for a sweep; no keys is not no sweep', () => {
    expect(unitePage([row(null, 1)]).resweep).toBe(true);
    expect(unitePage([row([], 1)]).resweep).toBe(false);
  });

  test('says that there is more when the limit cut it', () => {
    expect(unitePage([row(['1'], 1, 7)]).more).toBe(true);
  });
});
