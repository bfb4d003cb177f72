/**
 * An app that hangs, fails or asks for a rest delays no other. Nothing here is timed: what Mailchimp shows is compared
 * with how Meta stands at that moment, so a Mailchimp message that waited for Meta would be seen however fast it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

interface Answered {
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

let sandbox: SandboxUnderTest;

const meta = async (method: string, path: string, body?: object): Promise<unknown> => {
  const { control } = sandbox.description.meta ?? {};
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${control}${path}`, { method, ...sent });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

/** Uploads by how they ended; `dropped` are those that hang or hung. */
async function uploads(): Promise<Readonly<Record<string, number>>> {
  const { routes } = (await meta('GET', '/stats')) as Answered;
  const counts: Record<string, number> = {};
  for (const [route, answers] of Object.entries(routes)) {
    if (!route.endsWith('/users')) continue;
    for (const [ending, count] of Object.entries(answers))
      counts[ending] = (counts[ending] ?? 0) + count;
  }
  return counts;
}

/** So it is as soon as a call has ended without an answer; while one is under way it is not. */
const isMetaResting = async (): Promise<boolean> =>
  (await sandbox.status()).syncs['contacts-ads']?.cooling != null;

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`not in a minute: ${what}`);
    await sleep(20);
  }
}

let people: readonly { readonly id: string; readonly email: string }[] = [];
/** A change for both apps. */
const move = async (nth: number, city: string): Promise<void> => {
  await sandbox.sql('update contacts set city = $1 where id = $2', [city, people[nth]?.id]);
  await sandbox.ring();
};
const isAtMailchimp = (nth: number, city: string) => async (): Promise<boolean> =>
  (await sandbox.members()).some(
    (member) => member.email_address === people[nth]?.email && member.merge_fields['CITY'] === city,
  );

beforeAll(async () => {
  sandbox = await openSandbox(['--contacts', '40', '--apps', 'news,ads']);
  await sandbox.settle(120_000);
  people = await sandbox.sql(
    `select id::text, email from contacts where email_status = 'subscribed' order by contacts.id limit 5`,
  );
});
afterAll(() => sandbox.stop());

beforeEach(async () => {
  await meta('DELETE', '/faults');
  await sandbox.settle(120_000);
});

test('while a call to Meta hangs, what changes meanwhile reaches Mailchimp', async () => {
  await meta('POST', '/faults', { kind: 'timeout-before', ms: 600_000, match: '/users' });
  let isStillCalling = false;
  // A call is given up after some seconds. Where the machine was slower than that, the next one is as good.
  for (let attempt = 1; !isStillCalling && attempt <= 5; attempt += 1) {
    const { dropped = 0 } = await uploads();
    await move(0, `Held City ${attempt}`);
    await until('an upload that hangs', async () => ((await uploads())['dropped'] ?? 0) > dropped);
    // Made while it hangs, so its message came after the one that Meta holds.
    await move(1, `Later City ${attempt}`);
    await until('the change at Mailchimp', isAtMailchimp(1, `Later City ${attempt}`));
    const isOneCall = (await uploads())['dropped'] === dropped + 1;
    isStillCalling = isOneCall && !(await isMetaResting());
  }
  expect(isStillCalling).toBe(true);
});

// The last one asks for minutes of rest, which nobody waits for.
test.each([
  ['answers 503', { kind: 'status', status: 503 }],
  ['asks for a rest (80003)', { kind: 'error', error: 'throttled' }],
])('while Meta %s and its sync rests, what changes reaches Mailchimp', async (_what, fault) => {
  const { '200': taken } = await uploads();
  await meta('POST', '/faults', fault);
  await move(2, `Before ${fault.kind}`);
  await until('the sync with Meta rests', isMetaResting);
  await move(3, `During ${fault.kind}`);
  await until('the change at Mailchimp', isAtMailchimp(3, `During ${fault.kind}`));
  expect(await isMetaResting()).toBe(true);
  expect((await uploads())['200']).toBe(taken);
});
