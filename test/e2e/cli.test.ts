/** The command line as a person at a prompt uses it, on a sandbox that runs beside it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listCommands } from '../../lib/cli/command-tree.ts';
import { createProgram } from '../../lib/cli/main.ts';
import { expectInStep } from '../support/equal-sides.ts';
import { hashOf, openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';
import { PROJECT_ROOT as ROOT, trivet, type Ran } from '../support/trivet-command.ts';

/** Leaves `first_name` to a person when both ends changed it. */
const CONFIG = join(import.meta.dirname, 'fixtures/policies.config.ts');
const RUNNING = join(ROOT, '.trivet/running');

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe('the commands on a running sandbox', () => {
  let sandbox: SandboxUnderTest;
  let key: string;

  const run = (...args: string[]): Promise<Ran> =>
    trivet([...args, '--sandbox', sandbox.description.control]);
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const ran = await run(...args, '--json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  };

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '40', '--config', CONFIG]);
    await sandbox.settle();
    const [row] = await sandbox.sql<{ id: string }>(
      `select id::text from contacts where phone is not null and email_status = 'subscribed'
       order by contacts.id limit 1`,
    );
    key = row?.id ?? '';
  });
  afterAll(() => sandbox.stop());

  test('status counts the records of every sync by state and names the mode', async () => {
    const told = await json('status');
    expect(told).toMatchObject({
      mode: 'sandbox',
      target: sandbox.description.control,
      syncs: { 'contacts-news': { records: { total: 42, 'in step': 42 }, parked: {} } },
    });
    const ran = await run('status', 'contacts-news');
    expect(ran.stdout).toMatch(/^sandbox http.*\ncontacts-news {2}42 records\n/);
  });

  test('the doctor finds nothing wrong with it, and the installer nothing to do', async () => {
    const told = await json('doctor');
    expect(told).toMatchObject({ mode: 'sandbox', ok: true, unchecked: [] });
    const codes = (told['findings'] as readonly { readonly code: string }[]).map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['crm.superuser', 'crm.match-unique', 'crm.match-nullable']);
    expect(await json('install', '--print')).toMatchObject({
      mode: 'sandbox',
      changes: [],
      sql: '',
    });
  });

  test('explain shows both values of a field, the agreed one, its owner and its last decision', async () => {
    const told = await json('explain', 'contacts-news', key, 'phone');
    const [contact] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(told).toMatchObject({
      mode: 'sandbox',
      state: 'in step',
      field: {
        field: 'phone',
        owner: 'shared',
        policy: 'newest',
        crm: { value: contact?.phone },
        app: { value: contact?.phone },
        agreed: { c: contact?.phone, r: contact?.phone },
        next: 'Nothing, until either end changes.',
      },
    });
    const { field } = told as { field: { decisions: unknown[] } };
    expect(field.decisions).not.toHaveLength(0);
    const whole = await run('explain', 'contacts-news', key);
    expect(whole.stdout).toContain(`record ${key}  in step`);
    expect(whole.stdout).toContain(contact?.first_name);
  });

  test('history tells every decision about a record, newest first, as lines and as text', async () => {
    const ran = await run('history', 'contacts-news', key, 'phone', '--json');
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [newest] = lines;
    expect(newest).toMatchObject({ mode: 'sandbox', sync: 'contacts-news', key });
    expect(newest).toMatchObject({
      run: expect.stringMatching(/./) as unknown,
      message: expect.stringMatching(/./) as unknown,
    });
    expect(lines.at(-1)).toMatchObject({ entries: lines.length - 1, cursor: null });
    const text = await run('history', 'contacts-news', key);
    expect(text.stdout).toContain(`contacts-news · record ${key}`);
    expect(text.stdout).toMatch(/ {2}(phone|record): \S/);
    expect((await run('history', 'contacts-news', '987654321')).stdout).toMatch(/No decisions in/);
  });

  test('undo shows what it would take back, takes it back at both ends, and is undone itself', async () => {
    const [before] = (await sandbox.contacts()).filter(({ id }) => id === key);
    await sandbox.sql(`update contacts set first_name = 'Mistake' where id = ${key}`);
    await sandbox.settle();
    const shown = await run('undo', 'contacts-news', key, 'first_name', '--print');
    expect(shown.stdout).toContain(`first_name “Mistake” → “${before?.first_name}”`);
    const undone = await json('undo', 'contacts-news', key, 'first_name', '--yes');
    expect(undone).toMatchObject({ refused: [], undone: { applied: 1, moved: [], failed: [] } });
    await sandbox.settle();
    const [after] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(after?.first_name).toBe(before?.first_name);
    const { run: name } = undone['undone'] as { run: string };
    const again = await json('undo', 'contacts-news', '--run', name, '--yes');
    expect(again).toMatchObject({ undone: { applied: 1 } });
    await sandbox.settle();
    const back = await json('undo', 'contacts-news', key, 'first_name', '--yes');
    expect(back).toMatchObject({ undone: { applied: 1 } });
    await sandbox.settle();
    const refused = await run('undo', 'contacts-news');
    expect(refused).toMatchObject({ code: 2 });
  });

  test('erase takes a person out of the app, our memory and the CRM, and its receipt can be verified', async () => {
    const [row] = await sandbox.sql<{ id: string; email: string }>(
      `select id::text, email from contacts where id <> ${key} and email is not null order by contacts.id desc limit 1`,
    );
    const { id = '', email = '' } = row ?? {};
    const file = join(tmpdir(), `trivet-receipt-${process.pid}.json`);
    const asked = ['erase', '--all', '--email', email, '--crm-row', '--receipt', file];
    expect(await run(...asked)).toMatchObject({ code: 4 });
    const { receipt } = await json(...asked, '--yes');
    expect(receipt).toMatchObject({
      isComplete: true,
      parts: [
        {
          sync: 'contacts-news',
          removed: {
            app: { state: 'removed' },
            crm: { state: 'removed' },
            memory: { state: 'removed' },
          },
        },
      ],
    });
    expect(JSON.stringify(receipt)).not.toContain(email);
    expect(await json('erase', '--verify', file)).toMatchObject({ isGenuine: true });
    rmSync(file);
    expect(await sandbox.sql(`select 1 from contacts where id = ${id}`)).toEqual([]);
    expect((await run('history', 'contacts-news', id)).stdout).toMatch(/No decisions in/);
    await sandbox.settle();
    expect((await run('erase', 'contacts-news', id, '--yes')).code).not.toBe(2);
  });

  test('a parked field is listed, explained, resolved, and then both sides are in step', async () => {
    const [before] = (await sandbox.contacts()).filter(({ id }) => id === key);
    await sandbox.sql(`update contacts set phone = 'no phone at all' where id = $1`, [key]);
    await sandbox.ring();
    await sandbox.settle();

    const { items } = await json('conflicts');
    expect(items).toEqual([
      expect.objectContaining({
        kind: 'field',
        key,
        field: 'phone',
        app: before?.phone,
        unreadable: { end: 'crm', raw: 'no phone at all' },
        remedy: `npx trivet resolve contacts-news ${key} phone --take <app|VALUE>`,
      }),
    ]);
    const shown = await run('conflicts', 'contacts-news');
    expect(shown.stdout).toContain(`npx trivet resolve contacts-news ${key} phone`);
    const page = await run('explain', 'contacts-news', key, 'phone');
    expect(page.stdout).toContain('parked');

    const unusable = await run('resolve', 'contacts-news', key, 'phone', '--take', 'crm');
    expect(unusable).toMatchObject({ code: 1, stdout: '' });
    expect(unusable.stderr).toContain('cannot be used');

    const resolved = await run('resolve', 'contacts-news', key, 'phone', '--take', 'app');
    expect(resolved).toMatchObject({ code: 0, stderr: '' });
    expect(resolved.stdout).toContain('Resolved phone');
    const [after] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(after?.phone).toBe(before?.phone);
    expect(await json('conflicts')).toMatchObject({ items: [], hasMore: false });
    await expectInStep(sandbox);
  });

  test('taking the empty value of the other end empties what nobody can read', async () => {
    const [other] = await sandbox.sql<{ id: string }>(
      'select id::text from contacts where phone is null order by contacts.id limit 1',
    );
    const id = other?.id ?? '';
    await sandbox.sql(`update contacts set phone = 'no phone at all' where id = $1`, [id]);
    await sandbox.ring();
    await sandbox.settle();
    const told = await json('resolve', 'contacts-news', id, 'phone', '--take', 'app');
    expect(told).toMatchObject({
      state: 'in step',
      field: { crm: { value: null, problem: null }, app: { value: null, problem: null } },
    });
    await expectInStep(sandbox);
  });

  test('a conflict that is left to a person shows both values and the base, and is settled by one command', async () => {
    const [contact] = (await sandbox.contacts()).filter(({ id }) => id === key);
    // Nobody may look between the two edits.
    await sandbox.fault({ kind: 'status', status: 429, match: 'GET /' });
    await sleep(1_200);
    await sandbox.api('PATCH', `${sandbox.list}/members/${hashOf(contact?.email ?? '')}`, {
      merge_fields: { FNAME: 'There' },
    });
    await sandbox.sql(`update contacts set first_name = 'Here' where id = $1`, [key]);
    await sandbox.clearFaults();
    await sandbox.settle();

    expect(await json('status')).toMatchObject({
      syncs: { 'contacts-news': { records: { conflict: 1, 'in step': 41 } } },
    });
    expect(await json('explain', 'contacts-news', key, 'first_name')).toMatchObject({
      state: 'conflict',
      field: {
        owner: 'shared',
        policy: 'manual',
        crm: { value: 'Here' },
        app: { value: 'There' },
        agreed: { c: contact?.first_name },
        parked: { kind: 'conflict', crm: 'Here', app: 'There' },
        next: matching(/waits for a person/),
      },
    });
    const { items } = await json('conflicts', 'contacts-news');
    expect(items).toEqual([
      expect.objectContaining({ field: 'first_name', crm: 'Here', app: 'There' }),
    ]);
    const resolved = await run('resolve', 'contacts-news', key, 'first_name', '--take', 'crm');
    expect(resolved).toMatchObject({ code: 0, stderr: '' });
    expect(await json('conflicts')).toMatchObject({ items: [] });
    await expectInStep(sandbox);
    const [after] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(after?.first_name).toBe('Here');
  });

  test('a value of one’s own goes to both ends', async () => {
    await sandbox.sql(`update contacts set phone = 'call me' where id = $1`, [key]);
    await sandbox.ring();
    await sandbox.settle();
    const told = await json('resolve', 'contacts-news', key, 'phone', '--take', '+49 30 5550001');
    expect(told).toMatchObject({
      mode: 'sandbox',
      state: 'in step',
      field: { crm: { value: '+49305550001' }, app: { value: '+49305550001' }, parked: null },
    });
    await expectInStep(sandbox);
  });

  test('what cannot be meant is refused before anything is sent', async () => {
    const wrong = [
      ['status', 'nobody-news'],
      ['explain', 'nobody-news', '1'],
      ['explain', 'contacts-news', key, 'fax'],
      ['resolve', 'contacts-news', key, 'fax', '--take', 'crm'],
      ['resolve', 'contacts-news', key, 'phone', '--take', 'no phone'],
      ['resolve', 'contacts-news', key, 'phone'],
      ['conflicts', '--limit', 'many'],
    ];
    for (const args of wrong) {
      const ran = await run(...args);
      expect({ args, code: ran.code, stdout: ran.stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(ran.stderr).not.toMatch(/^\s+at /m);
    }
    const idle = await run('resolve', 'contacts-news', key, 'city', '--take', 'crm');
    expect(idle).toMatchObject({ code: 1, stderr: matching(/not parked/) });
    const nobody = await run('explain', 'contacts-news', '987654321');
    expect(nobody).toMatchObject({ code: 1, stderr: matching(/987654321/) });
  });

  test('the sandbox’s file is its owner’s alone, names it just as well, and goes when it stops', async () => {
    const name = readdirSync(RUNNING).find((file) =>
      readFileSync(join(RUNNING, file), 'utf8').includes(sandbox.description.control),
    );
    const path = join(RUNNING, name ?? '');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await trivet(['status', '--sandbox', path])).code).toBe(0);
    await sandbox.stop();
    expect(existsSync(path)).toBe(false);
    const gone = await run('status');
    expect(gone).toMatchObject({ code: 3, stdout: '' });
    expect(gone.stderr).toContain('npm start');
  });
});

describe('the commands where no sandbox runs', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trivet-nowhere-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('say how to start one', async () => {
    const ran = await trivet(['conflicts'], dir);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(
      /Neither a running sandbox nor “trivet local” was found in .* Start one with “npm start”/,
    );
  });

  test('tell a program the same as a document', async () => {
    const ran = await trivet(['conflicts', '--json'], dir);
    expect(ran.code).toBe(3);
    expect(JSON.parse(ran.stdout)).toEqual({ error: ran.stderr.trim(), exitCode: 3 });
  });

  test('teach by --help, with examples and exit codes', async () => {
    const commands = listCommands(createProgram()).map(({ path }) => path.split(' '));
    for (const args of commands.map((path) => [...path.filter(Boolean), '--help'])) {
      const { code, stdout } = await trivet(args, dir);
      expect({ args, code }).toEqual({ args, code: 0 });
      expect(stdout).toMatch(/npx trivet /);
      expect(stdout).toMatch(/Exit codes:/);
    }
  });
});
