/** The connector's pure rules against the simulated Meta: what it shapes is taken, what is refused is understood. */
import { foundSoFar, nextCall, noteAnswer, openSearch } from '../../lib/connectors/meta/batches.ts';
import { judgeAnswer } from '../../lib/connectors/meta/failures.ts';
import { AUDIENCE_KEYS } from '../../lib/connectors/meta/keys.ts';
import { DATA_USE_KEYS, dataUseCells, shapeRow } from '../../lib/connectors/meta/mapping.ts';
import { parseUsage } from '../../lib/connectors/meta/usage.ts';
import { parseUpload } from '../../lib/connectors/meta/wire.ts';
import { errorNames, type ErrorName } from '../../lib/local/meta/errors.ts';
import { mail, startMeta } from './meta-simulator-world.ts';
import type { Answer, MetaWorld } from './meta-simulator-world.ts';

describe('the rules of the Meta connector', () => {
  let world: MetaWorld;

  beforeEach(async () => {
    world = await startMeta();
  });

  afterEach(async () => {
    await world.stop();
  });

  const judge = (answer: Answer) =>
    judgeAnswer(
      {
        status: answer.status,
        body: answer.body,
        usage: parseUsage(Object.fromEntries(answer.headers)),
      },
      {
        isWrite: true,
        adAccount: world.simulator.adAccountId,
        audience: world.simulator.audienceId,
        version: 'v26.0',
      },
    );

  /** Every error the simulation knows; one more does not compile without its line. */
  const verdicts: Readonly<Record<ErrorName, string>> = {
    unknown: 'retry',
    'service-unavailable': 'retry',
    'app-limit': 'retry',
    'permission-capability': 'halted',
    'account-limit': 'retry',
    'page-limit': 'retry',
    'invalid-parameter': 'rejected',
    'flagged-members': 'halted',
    'flagged-edit': 'halted',
    'flagged-edit-name': 'halted',
    'token-missing': 'halted',
    'too-many-parameters': 'split',
    'token-invalid': 'halted',
    'token-unreadable': 'halted',
    'token-expired': 'halted',
    'token-password': 'halted',
    'token-checkpoint': 'halted',
    'permission-denied': 'halted',
    'terms-not-accepted': 'halted',
    'business-not-linked': 'halted',
    'ads-management-missing': 'halted',
    abusive: 'halted',
    'account-calls': 'retry',
    'abnormal-traffic': 'retry',
    'alias-missing': 'retry',
    'dead-version': 'halted',
    'update-failed': 'halted',
    'replace-running': 'session',
    'replace-timed-out': 'session',
    'replace-first-batch': 'session',
    'replace-finished': 'session',
    'replace-partial': 'session',
    'replace-too-large': 'halted',
    lookalikes: 'halted',
    throttled: 'retry',
    'ads-throttled': 'retry',
    'not-shared': 'halted',
    'audience-deleted': 'halted',
  };

  test.each(errorNames.map((name) => [name, verdicts[name]]))(
    'make of %s: %s',
    async (error, kind) => {
      await world.control('POST', '/faults', { kind: 'error', error, count: 1 });
      expect(judge(await world.add(['EMAIL'], [[mail('ada')]]))).toMatchObject({ kind });
    },
  );

  test('wait out a throttle by Meta’s minutes, whichever status it comes with', async () => {
    for (const throttleStatus of [400, 429]) {
      await world.control('POST', '/settings', { throttleStatus });
      await world.control('POST', '/throttle', { minutes: 6 });
      expect(judge(await world.api('GET', ''))).toMatchObject({ kind: 'retry', afterMs: 360_000 });
    }
  });

  test('wait out the account’s score by its seconds', async () => {
    await world.control('POST', '/settings', { tier: 'limited' });
    let answer = await world.api('GET', '');
    while (answer.status === 200) answer = await world.api('GET', '');
    expect(judge(answer)).toMatchObject({ kind: 'retry', afterMs: 300_000 });
  });

  test.each([400, 403, 502])(
    'take a page of HTML with %i for a trouble that passes',
    async (status) => {
      await world.control('POST', '/faults', { kind: 'status', status, count: 1 });
      const verdict = judge(await world.add(['EMAIL'], [[mail('ada')]]));
      expect(verdict).toMatchObject({ kind: 'retry', scope: 'app', ambiguous: true });
    },
  );

  test('shape people so that no entry is invalid, whatever was in the CRM', async () => {
    const people = [
      { EMAIL: ' Mary@Example.com', PHONE: '(213) 373-4253', FN: 'Mary', ZIP: '94025-1234' },
      { EMAIL: 'nobody', LN: 'O’Neil', CT: '東京', ST: 'California', COUNTRY: 'US' },
      { PHONE: 'n/a', FN: '李小龍', FI: 'Émile', GEN: 'diverse', DOBY: '1990-07-04', DOBM: '7' },
      { MADID: 'AECE52E7-03EE-455A-B3C4-E57283966239', EXTERN_ID: 'crm-4', DOBD: '31' },
    ];
    const form = { keys: AUDIENCE_KEYS, defaultCountry: 'us', thisYear: 2026 };
    const rows = people.map((person) => shapeRow(form, person));
    const uses = [
      { kind: 'full' } as const,
      { kind: 'limited' } as const,
      { kind: 'limited-in', country: 1, state: 1000 } as const,
    ];
    const data = rows.map(({ cells }, index) => [
      ...cells,
      ...dataUseCells(uses[index % uses.length] ?? { kind: 'full' }),
    ]);
    const answer = await world.add([...AUDIENCE_KEYS, ...DATA_USE_KEYS], data);
    expect(parseUpload(answer.body)).toMatchObject({ received: 4, invalid: 0 });
    expect(await world.members()).toHaveLength(4);
    expect((await world.control('GET', '/stats')).body).toMatchObject({ emptyHashes: 0 });
  });

  test.each(['map', 'array'])(
    'find the bad rows of a call, with samples as a %s',
    async (samples) => {
      await world.control('POST', '/settings', { samples, invalidCounts: 'values' });
      const rows = Array.from({ length: 500 }, (_, index) =>
        [7, 8, 444].includes(index) ? `p${index}@trivet.test` : mail(`p${index}`),
      );
      const send = async (part: readonly string[]) => {
        const { body } = await world.add(
          ['EMAIL'],
          part.map((cell) => [cell]),
        );
        return (parseUpload(body)?.invalid ?? 0) > 0 ? 'dirty' : 'clean';
      };
      expect(await send(rows)).toBe('dirty');
      let search = openSearch(rows, 60);
      for (let part = nextCall(search); part !== null; part = nextCall(search)) {
        search = noteAnswer(search, await send(part));
      }
      expect(foundSoFar(search)).toEqual({
        bad: ['p7@trivet.test', 'p8@trivet.test', 'p444@trivet.test'],
        undecided: [],
      });
      expect(await world.members()).toHaveLength(497);
    },
  );
});
