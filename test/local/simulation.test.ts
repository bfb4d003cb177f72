/** What all simulated apps share, in its small parts: routes, the journal's lines, faults by name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFault } from '../../lib/local/simulation/faults.ts';
import { createFileJournal, readJournal } from '../../lib/local/simulation/journal.ts';
import { createRouter, nameOf } from '../../lib/local/simulation/router.ts';
import { createStats } from '../../lib/local/simulation/stats.ts';

describe('a router', () => {
  const router = createRouter([
    { method: 'GET', template: '/act_{account}/audiences' },
    { method: 'GET', template: '/{audience}' },
    { method: 'POST', template: '/{audience}' },
    { method: 'GET', template: '/{audience}/{edge}' },
  ]);

  test.each([
    ['GET', '/act_42/audiences', 'GET /act_{account}/audiences', { account: '42' }],
    ['GET', '/42', 'GET /{audience}', { audience: '42' }],
    ['GET', '/a%20b', 'GET /{audience}', { audience: 'a b' }],
    ['GET', '/act_/audiences', 'GET /{audience}/{edge}', { audience: 'act_', edge: 'audiences' }],
  ])('leads %s %s to %s', (method, path, name, params) => {
    const match = router(method, path);
    expect(nameOf(method, match)).toBe(name);
    expect(match).toMatchObject({ kind: 'found', params });
  });

  test('tells a wrong method from a path nobody knows', () => {
    expect(router('PUT', '/42')).toMatchObject({ kind: 'wrong-method', allow: 'GET, POST' });
    expect(nameOf('PUT', router('PUT', '/42'))).toBe('PUT /{audience}');
    expect(nameOf('GET', router('GET', '/a/b/c'))).toBe('GET (unknown)');
    expect(router('GET', '/%zz').kind).toBe('unknown');
  });
});

test('a journal gives back lines longer than it reads at once, in any script', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trivet-journal-'));
  const path = join(directory, 'state.jsonl');
  try {
    const long = '李é'.repeat(400_000);
    const journal = createFileJournal(path, [{ n: 1 }, { n: 2, long }]);
    journal.append({ n: 3 });
    journal.append({ n: 4, long });
    journal.close();
    expect([...readJournal(path)]).toEqual([{ n: 1 }, { n: 2, long }, { n: 3 }, { n: 4, long }]);
    expect([...readJournal(join(directory, 'none'))]).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a fault by name is known only where a vendor’s errors have names', () => {
  const named = { kind: 'error', error: 'throttled' };
  expect(parseFault(named)).toContain('kind "error" is unknown');
  expect(parseFault(named, ['throttled'])).toMatchObject(named);
  expect(parseFault({ kind: 'error' }, ['throttled'])).toContain('use one of throttled');
});

test('statistics count what each app names, and begin anew with what is under way', () => {
  const stats = createStats(['rows']);
  stats.enter();
  stats.enter();
  stats.leave();
  stats.count('rows', 3);
  stats.count('rows');
  stats.countAnswer('GET /a', '200');
  expect(stats.report()).toEqual({
    routes: { 'GET /a': { 200: 1 } },
    rows: 4,
    peakConnections: 2,
  });
  stats.reset();
  expect(stats.report()).toEqual({ routes: {}, rows: 0, peakConnections: 1 });
});
