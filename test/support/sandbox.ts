/**
 * The sandbox as a program sees it: one child process, its JSON line, its control API. Every e2e test
 * goes through this door, so what a newcomer runs is what is tested; but the stack is synthesized once for all of them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import type { MailchimpDescription } from '../../lib/local/sandbox/mailchimp-app.ts';
import type { SandboxStatus } from '../../lib/local/sandbox/control.ts';
import { requireMailchimp, type SandboxDescription } from '../../lib/local/sandbox/description.ts';
import { assemblyFor } from './assembly.ts';
import { expectNobody, valuesInCrm, type Personal } from './personal-values.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../..');
const READY_MS = 90_000;

export interface Contact {
  readonly id: string;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly city: string | null;
  readonly email_status: string | null;
  readonly tags: readonly string[];
}

export interface Member {
  readonly contact_id: string;
  readonly email_address: string;
  readonly status: string;
  readonly merge_fields: Readonly<Record<string, string>>;
  readonly tags: readonly { name: string }[];
}

export interface Stats {
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly rowsWritten: number;
  readonly peakConnections: number;
}

export class SandboxUnderTest {
  readonly description: SandboxDescription;
  readonly crm: Client;
  readonly child: ChildProcess;
  readonly logs: string[];
  /** Values of people who may be gone by the end. */
  private atFirst: readonly Personal[] = [];

  constructor(description: SandboxDescription, crm: Client, child: ChildProcess, logs: string[]) {
    this.description = description;
    this.crm = crm;
    this.child = child;
    this.logs = logs;
  }

  get mailchimp(): MailchimpDescription {
    return requireMailchimp(this.description);
  }

  /** Where Mailchimp’s webhooks come in. */
  get webhookUrl(): string {
    const { mailchimp } = this.description.webhooks;
    if (mailchimp === undefined) throw new Error('this sandbox has no webhook of Mailchimp');
    return mailchimp;
  }

  /** Runs SQL in the CRM as any application would. */
  async sql<R extends object = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ): Promise<R[]> {
    return (await this.crm.query<R>(text, values)).rows;
  }

  /** Rings the CRM's doorbell. */
  async ring(): Promise<number> {
    const { url, secret, header } = this.description.webhooks.crm;
    const signature = `sha256=${createHmac('sha256', secret).update('{}').digest('hex')}`;
    const answer = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { [header]: signature },
    });
    return answer.status;
  }

  /** The vendor's API, as any other client of the account. */
  async api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const { baseUrl, apiKey } = this.mailchimp;
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  get list(): string {
    return `/lists/${this.mailchimp.audienceId}`;
  }

  /** What a person or the vendor does outside the API. */
  async person(action: string, body: Record<string, unknown>): Promise<void> {
    const { control } = this.mailchimp;
    const answer = await fetch(`${control}/people/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
  }

  async fault(fault: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.mailchimp.control}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!answer.ok) throw new Error(`fault: ${answer.status} ${await answer.text()}`);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.mailchimp.control}/faults`, { method: 'DELETE' });
  }

  async stats(): Promise<Stats> {
    return (await (await fetch(`${this.mailchimp.control}/stats`)).json()) as Stats;
  }

  async status(): Promise<SandboxStatus> {
    return (await (await fetch(`${this.description.control}/status`)).json()) as SandboxStatus;
  }

  async settle(timeoutMs = 60_000): Promise<SandboxStatus> {
    const answer = await fetch(`${this.description.control}/settle?timeoutMs=${timeoutMs}`, {
      method: 'POST',
    });
    const status = (await answer.json()) as SandboxStatus;
    if (answer.status !== 200) {
      const said = this.logs
        .filter((line) => /ERROR|WARN|crash/i.test(line))
        .slice(-5)
        .join('\n');
      throw new Error(`not settled (${answer.status}): ${JSON.stringify(status)}\n${said}`);
    }
    return status;
  }

  async kill(name: 'apply' | 'pull' | 'webhook'): Promise<number> {
    const answer = await fetch(`${this.description.control}/kill?function=${name}`, {
      method: 'POST',
    });
    return answer.status;
  }

  async contacts(): Promise<Contact[]> {
    return this.sql<Contact>(
      `select id::text, email, first_name, last_name, phone, company, city, email_status, tags from contacts order by id`,
    );
  }

  /** Every member that is not archived, or only the archived ones. */
  async members(status?: 'archived'): Promise<Member[]> {
    const members: Member[] = [];
    for (;;) {
      const filter = status === undefined ? '' : `&status=${status}`;
      const path = `${this.list}/members?count=1000&offset=${members.length}&sort_field=timestamp_signup${filter}`;
      const page = (await this.api<{ members: Member[] }>('GET', path)).body.members;
      members.push(...page);
      if (page.length < 1000) return members;
    }
  }

  /** Asked again at the end, for those who came meanwhile; a test may have killed the database by then. */
  async meetPeople(): Promise<readonly Personal[]> {
    const contacts = await this.contacts().catch(() => []);
    this.atFirst = [...this.atFirst, ...valuesInCrm(this, contacts)];
    return this.atFirst;
  }

  /** Whatever a test was about: no log of it may show a person or a secret. */
  async stop(): Promise<void> {
    const values = await this.meetPeople();
    await this.end();
    expectNobody(this.logs.join('\n'), values);
  }

  private async end(): Promise<void> {
    await this.crm.end().catch(() => undefined);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

export async function openSandbox(args: readonly string[] = []): Promise<SandboxUnderTest> {
  const assembly = args.includes('--assembly') ? [] : ['--assembly', await assemblyFor(args)];
  const program = [join(PROJECT_ROOT, 'bin/trivet.ts'), 'sandbox', '--json', '--schedule', '1'];
  const child = spawn(process.execPath, [...program, ...args, ...assembly], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logs: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => logs.push(line));
  const line = await firstLine(child, logs);
  const description = JSON.parse(line) as SandboxDescription;
  const crm = new Client({ connectionString: description.crm.url });
  // A test that kills everything takes this connection along.
  crm.on('error', () => undefined);
  await crm.connect();
  const sandbox = new SandboxUnderTest(description, crm, child, logs);
  await sandbox.meetPeople();
  return sandbox;
}

function firstLine(child: ChildProcess, logs: readonly string[]): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the sandbox has no stdout');
  return new Promise((resolve, reject) => {
    const said = (): string => logs.slice(-20).join('\n');
    const timer = setTimeout(
      () => reject(new Error(`the sandbox is not ready:\n${said()}`)),
      READY_MS,
    );
    createInterface({ input: stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the sandbox ended (${code}):\n${said()}`));
    });
  });
}

/** The vendor's path segment of a member: the MD5 of the lower-cased address. */
export const hashOf = (email: string): string =>
  createHash('md5').update(email.toLowerCase()).digest('hex');
