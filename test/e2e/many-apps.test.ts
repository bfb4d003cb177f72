/** One CRM and three apps of different shapes: what changes at one reaches all that should have it, once, and none waits for another. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectInStep } from '../support/equal-sides.ts';
import { findPersonal, personalValues, type Personal } from '../support/personal-values.ts';
import { openSandbox, type Contact, type SandboxUnderTest } from '../support/sandbox.ts';
import { trivet } from '../support/trivet-command.ts';
import { treeOf } from '../support/trivet-process.ts';

interface Listed {
  readonly id: string;
  readonly phones: readonly string[];
  readonly first_name: string;
  readonly emails?: readonly string[];
}

interface Counted {
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

let sandbox: SandboxUnderTest;
/** What was anybody's before it was changed. */
let valuesAtFirst: readonly Personal[];

const controlOf = (kind: 'mailchimp' | 'meta' | 'dialpad'): string => {
  const control = sandbox.description[kind]?.control;
  if (control === undefined) throw new Error(`the sandbox has no ${kind}`);
  return control;
};
const read = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;
const post = async (url: string, body: object): Promise<void> => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
};
const audienceSize = async (): Promise<number> => {
  const { audienceId } = sandbox.description.meta ?? {};
  return (await read<{ size: number }>(`${controlOf('meta')}/audiences/${audienceId}`)).size;
};
const listed = async (query = ''): Promise<readonly Listed[]> =>
  (await read<{ contacts: readonly Listed[] }>(`${controlOf('dialpad')}/contacts${query}`))
    .contacts;
const phoneAtMailchimp = async ({ email }: Contact): Promise<string | undefined> =>
  (await sandbox.members()).find(({ email_address: address }) => address === email)?.merge_fields[
    'PHONE'
  ];

/** Requests that change something, by app. */
async function writes(): Promise<Readonly<Record<string, number>>> {
  const counts = ['mailchimp', 'meta', 'dialpad'].map(async (kind) => {
    const { routes } = await read<Counted>(`${controlOf(kind as 'meta')}/stats`);
    const changing = Object.entries(routes).filter(([route]) => !route.startsWith('GET '));
    const calls = changing.flatMap(([, answers]) => Object.values(answers));
    return [kind, calls.reduce((sum, count) => sum + count, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`not in a minute: ${what}`);
    await sleep(50);
  }
}

const wanted = `email_status = 'subscribed' and phone is not null and email is not null`;
const someone = async (offset: number): Promise<Contact> => {
  const [contact] = await sandbox.sql<Contact>(
    `select id::text, email, phone from contacts where ${wanted} order by contacts.id limit 1 offset $1`,
    [offset],
  );
  if (contact === undefined) throw new Error('nobody in the sample is like that');
  return contact;
};

beforeAll(async () => {
  sandbox = await openSandbox(['--contacts', '60', '--apps', 'news,ads,calls']);
  await sandbox.settle(120_000);
  valuesAtFirst = await personalValues(sandbox);
});
afterAll(() => sandbox.stop());

test('after the first sync each app has exactly whom its filter names', async () => {
  await expectInStep(sandbox);
  const [counts] = await sandbox.sql<{ ads: number; calls: number }>(
    `select (count(*) filter (where email_status = 'subscribed'))::int as ads,
       (count(*) filter (where phone is not null and
         email_status is distinct from 'unsubscribed'))::int as calls from contacts`,
  );
  expect(await audienceSize()).toBe(counts?.ads);
  const own = (await listed()).filter(({ emails = [] }) => emails.length > 0);
  expect(own).toHaveLength(counts?.calls ?? -1);
});

test('a number corrected in Dialpad reaches the CRM, Mailchimp and Meta, each by one change', async () => {
  const contact = await someone(0);
  const before = await writes();
  await post(`${controlOf('dialpad')}/people/edit`, {
    phone: contact.phone,
    set: { phones: ['+493055501234'] },
  });
  await until('the new number at Mailchimp', async () => {
    return (await phoneAtMailchimp(contact)) === '+493055501234';
  });
  await sandbox.settle(60_000);
  const after = await writes();
  expect({
    mailchimp: (after['mailchimp'] ?? 0) - (before['mailchimp'] ?? 0),
    // Whoever the old number named goes, whoever the new one names comes.
    meta: (after['meta'] ?? 0) - (before['meta'] ?? 0),
    dialpad: (after['dialpad'] ?? 0) - (before['dialpad'] ?? 0),
  }).toEqual({ mailchimp: 1, meta: 2, dialpad: 0 });
  const rows = await sandbox.sql('select phone from contacts where id = $1', [contact.id]);
  expect(rows).toEqual([{ phone: '+493055501234' }]);
});

test('one unsubscribe at Mailchimp takes the person out of Meta’s audience and off Dialpad’s list', async () => {
  const contact = await someone(1);
  const size = await audienceSize();
  const query = `?phone=${encodeURIComponent(contact.phone ?? '')}`;
  expect(await listed(query)).toHaveLength(1);
  await sandbox.person('unsubscribe', { email: contact.email });
  await until('out of the audience', async () => (await audienceSize()) === size - 1);
  await until('off the list', async () => (await listed(query)).length === 0);
});

test('with Meta silent and Dialpad failing, edits go on travelling between the CRM and Mailchimp', async () => {
  const contact = await someone(2);
  await post(`${controlOf('meta')}/faults`, { kind: 'timeout-before', ms: 60_000 });
  await post(`${controlOf('dialpad')}/faults`, { kind: 'status', status: 503 });
  await sandbox.sql(`update contacts set city = 'Elsewhere', first_name = 'Else' where id = $1`, [
    contact.id,
  ]);
  await sandbox.ring();
  await until('the city at Mailchimp', async () => {
    const member = (await sandbox.members()).find(
      ({ email_address: address }) => address === contact.email,
    );
    return member?.merge_fields['CITY'] === 'Elsewhere';
  });
  const query = `?phone=${encodeURIComponent(contact.phone ?? '')}`;
  const namesAtDialpad = async () => (await listed(query)).map(({ first_name: name }) => name);
  expect(await namesAtDialpad()).not.toEqual(['Else']);
  for (const kind of ['meta', 'dialpad'] as const)
    await fetch(`${controlOf(kind)}/faults`, { method: 'DELETE' });
  await until('the name at Dialpad, once it answers again', async () => {
    return (await namesAtDialpad()).join() === 'Else';
  });
});

/** These show people to whoever asks for them, but no secret. */
async function expectNoSecret(secrets: readonly Personal[], key: string): Promise<void> {
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  const asked = [
    ['explain', 'contacts-news', key],
    ['history', 'contacts-news', key],
    ['conflicts'],
    ['quarantine', 'list'],
    ['held'],
    ['webhooks', 'list', 'news'],
  ].map(async (command) => {
    const { stdout, stderr } = await trivet([
      ...command,
      '--json',
      '--sandbox',
      sandbox.description.control,
    ]);
    expect({ command, code: stderr === '' ? stdout.slice(0, 1) : stderr }).toEqual({
      command,
      code: '{',
    });
    return [command.join(' '), `${stdout}${stderr}`] as const;
  });
  for (const [where, text] of await Promise.all(asked))
    expect({ where, shows: findPersonal(text, secrets) }).toEqual({ where, shows: [] });
}

test('what an app refuses, what fails and what is asked shows nobody and no secret: not in logs, metrics or commands’ errors', async () => {
  const contact = await someone(3);
  // Refused in Mailchimp's own words, which repeat the address; and a number and a time that are none.
  await sandbox.sql(`update contacts set email = 'Refused.Person@example.com' where id = $1`, [
    contact.id,
  ]);
  await sandbox.sql(`update contacts set phone = 'nobody answers 030 987654321' where id = $1`, [
    (await someone(4)).id,
  ]);
  await post(`${controlOf('dialpad')}/faults`, { kind: 'status', status: 503 });
  await sandbox.ring();
  const forged = `type=subscribe&data[email]=${contact.email}`;
  expect((await fetch(sandbox.webhookUrl, { method: 'POST', body: forged })).status).toBe(401);
  // What is searched must have something in it: a refusal at the door, and an app that needs a rest.
  const hasSaid = (words: string): boolean => sandbox.logs.some((line) => line.includes(words));
  await until('both in the log', async () => hasSaid('refused a request') && hasSaid('cooling'));
  await fetch(`${controlOf('dialpad')}/faults`, { method: 'DELETE' });
  await sandbox.settle(120_000);
  const values = [
    ...valuesAtFirst,
    ...(await personalValues(sandbox)),
    { what: 'address' as const, text: 'Refused.Person@example.com' },
    { what: 'number' as const, text: '987654321' },
  ];
  expect(values.filter(({ what }) => what === 'hash').length).toBeGreaterThan(100);
  const at = ['--sandbox', sandbox.description.control];
  const commands = [
    ['status', ...at],
    ['status', '--json', ...at],
    ['doctor', '--json', ...at],
    ['sync', '--once', ...at],
    ['explain', 'contacts-news', '999999999', ...at],
    ['resolve', 'contacts-news', '999999999', 'phone', '--take', 'crm', ...at],
    ['status', '--sandbox', 'http://127.0.0.1:1'],
  ];
  const told: (readonly [string, string])[] = [
    ['the log', sandbox.logs.join('\n')],
    ['the metrics', JSON.stringify((await sandbox.status()).metrics)],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await trivet(command);
    told.push([command.join(' '), `${stdout}${stderr}`]);
  }
  // What stands in the memory of every process of ours as its environment and its command line.
  const processes = treeOf(sandbox.child.pid ?? 0).flatMap(
    (pid): readonly (readonly [string, string])[] => {
      const text = memoryOf(pid);
      return text === null ? [] : [[`process ${pid}`, text]];
    },
  );
  expect(processes.length).toBeGreaterThan(2);
  told.push(...processes);
  await expectNoSecret(
    values.filter(({ what }) => what === 'secret'),
    contact.id,
  );
  for (const [where, text] of told) {
    expect(text.length).toBeGreaterThan(0);
    expect({ where, shows: findPersonal(text, values) }).toEqual({ where, shows: [] });
  }
});

/** Null: it has ended since it was listed, as a connection of Postgres does. */
function memoryOf(pid: number): string | null {
  const read = (what: string): string => readFileSync(`/proc/${pid}/${what}`, 'utf8');
  try {
    return `${read('cmdline')}\n${read('environ')}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return null;
    throw error;
  }
}
