/** An app without an examination of its own is at least asked whether the credentials lead to its object. */
import { examineIdentity } from '../../lib/connectors/examine-identity.ts';
import type { AppReplica } from '../../lib/ports/app.ts';

const BUDGET = { remainingMs: () => 1_000 };

const replica = (answer: Awaited<ReturnType<AppReplica['identify']>>): AppReplica =>
  ({ object: 'audience 17', identify: () => Promise.resolve(answer) }) as unknown as AppReplica;

test('one that says who it is gives nothing to say', async () => {
  const value = { account: 'a', object: 'audience 17' };
  const seen = await examineIdentity(replica({ kind: 'ok', value })).examine([], BUDGET);
  expect(seen).toEqual({ findings: [], fixes: [], clockAheadMs: null });
});

test('one that needs a person is told in its own words', async () => {
  const halted = { kind: 'halted', reason: 'The token has expired.' } as const;
  const seen = await examineIdentity(replica(halted)).examine([], BUDGET);
  expect(seen.findings).toEqual([
    {
      severity: 'error',
      code: 'app.refused',
      where: 'audience 17',
      found: 'The token has expired.',
      remedy: { kind: 'advice', text: 'Correct the secret or the configuration.' },
    },
  ]);
});

test('one that does not answer is told as that', async () => {
  const reason = 'No answer within 10 s.';
  const silent = { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: false } as const;
  const seen = await examineIdentity(replica(silent)).examine([], BUDGET);
  expect(seen.findings).toMatchObject([{ code: 'app.unreachable', found: reason }]);
});
