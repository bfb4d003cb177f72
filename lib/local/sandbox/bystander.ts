/**
 * The two sides as people outside the sync use them: SQL in the CRM and its doorbell, Mailchimp's API with
 * the account's key, and what subscribers do on Mailchimp's own pages.
 */
import { createHash, createHmac } from 'node:crypto';
import { Client } from 'pg';
import { requireMailchimp, type SandboxDescription } from './description.ts';

export interface ApiMember {
  readonly contact_id: string;
  readonly email_address: string;
  readonly status: string;
  readonly merge_fields: Readonly<Record<string, string>>;
  readonly tags: readonly { readonly name: string }[];
}

export interface MailchimpStats {
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly peakConnections: number;
}

export interface Bystander {
  sql<R extends object>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  /** Rings as an application would after a commit. */
  ring(): Promise<void>;
  /** By contact id; null when the audience does not have it. */
  member(contactId: string): Promise<ApiMember | null>;
  memberByEmail(email: string): Promise<ApiMember | null>;
  addTag(email: string, tag: string): Promise<void>;
  /** A page of addresses; shorter than the limit at the end. */
  addresses(offset: number, limit: number): Promise<readonly string[]>;
  /** What a person does outside the API. */
  person(action: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  stats(): Promise<MailchimpStats>;
  /** Null where the sandbox has no such app. */
  readonly ads: AdsBystander | null;
  readonly calls: CallsBystander | null;
  close(): Promise<void>;
}

export interface AdsBystander {
  /** Whether the audience has a person with this address, which only the simulation can tell. */
  holds(email: string): Promise<boolean>;
}

export interface CallsBystander {
  /** How many contacts have this number. */
  count(phone: string): Promise<number>;
  /** Somebody corrects the number of the only contact that has it. */
  correct(phone: string, to: string): Promise<void>;
}

export async function openBystander(description: SandboxDescription): Promise<Bystander> {
  const crm = new Client({ connectionString: description.crm.url });
  // The database may go first when everything stops.
  crm.on('error', () => undefined);
  await crm.connect();
  const { baseUrl, apiKey, audienceId, control } = requireMailchimp(description);
  const list = `${baseUrl}/lists/${audienceId}`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const read = (path: string): Promise<Response> => fetch(`${list}${path}`, { headers });
  const member = async (id: string): Promise<ApiMember | null> => {
    const fields = 'contact_id,email_address,status,merge_fields,tags';
    const answer = await read(`/members/${id}?fields=${fields}`);
    if (answer.status === 404) return null;
    return bodyOf<ApiMember>(answer);
  };
  return {
    sql: async <R extends object>(text: string, values: readonly unknown[] = []) =>
      (await crm.query<R>(text, [...values])).rows,
    ring: async () => {
      const { urls, secret, header } = description.webhooks.crm;
      const signature = `sha256=${createHmac('sha256', secret).update('{}').digest('hex')}`;
      for (const url of Object.values(urls)) {
        await fetch(url, { method: 'POST', body: '{}', headers: { [header]: signature } });
      }
    },
    member,
    memberByEmail: (email) => member(hashOf(email)),
    addTag: async (email, tag) => {
      const body = JSON.stringify({ tags: [{ name: tag, status: 'active' }] });
      const url = `${list}/members/${hashOf(email)}/tags`;
      await bodyOf(await fetch(url, { method: 'POST', headers, body }));
    },
    addresses: async (offset, limit) => {
      const path = `/members?fields=members.email_address&count=${limit}&offset=${offset}`;
      const page = await bodyOf<{ members: readonly ApiMember[] }>(await read(path));
      return page.members.map(({ email_address: address }) => address);
    },
    person: async (action, body) => {
      const url = `${control}/people/${action}`;
      await bodyOf(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }));
    },
    stats: async () => bodyOf<MailchimpStats>(await fetch(`${control}/stats`)),
    ads: adsBystander(description),
    calls: callsBystander(description),
    close: () => crm.end(),
  };
}

function adsBystander({ meta }: SandboxDescription): AdsBystander | null {
  if (meta === undefined) return null;
  return {
    holds: async (email) => {
      const hash = createHash('sha256').update(email.trim().toLowerCase()).digest('hex');
      const answer = await fetch(`${meta.control}/audiences/${meta.audienceId}?holds=${hash}`);
      return (await bodyOf<{ members: readonly object[] }>(answer)).members.length > 0;
    },
  };
}

function callsBystander({ dialpad }: SandboxDescription): CallsBystander | null {
  if (dialpad === undefined) return null;
  const { control } = dialpad;
  return {
    count: async (phone) => {
      const answer = await fetch(`${control}/contacts?phone=${encodeURIComponent(phone)}`);
      return (await bodyOf<{ contacts: readonly object[] }>(answer)).contacts.length;
    },
    correct: async (phone, to) => {
      const body = JSON.stringify({ phone, set: { phones: [to] } });
      await bodyOf(await fetch(`${control}/people/edit`, { method: 'POST', body }));
    },
  };
}

/** https://mailchimp.com/developer/marketing/docs/methods-parameters/#path-parameters */
const hashOf = (email: string): string =>
  createHash('md5').update(email.toLowerCase()).digest('hex');

async function bodyOf<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
