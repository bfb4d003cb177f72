/** What anybody sees: SQL in the CRM, the vendors' APIs, and who is in Meta's audience, which only its simulator tells. */
import { bothSides } from '../test/support/equal-sides.ts';
import type { SandboxUnderTest } from '../test/support/sandbox.ts';
import { Book } from './book.ts';
import type { Seen } from './verdict.ts';

interface Listed {
  readonly phones: readonly string[];
  readonly emails?: readonly string[];
}

export async function look(sandbox: SandboxUnderTest): Promise<Seen> {
  const contacts = (await sandbox.contacts()).flatMap((row) =>
    row.email === null ? [] : [{ ...row, email: row.email }],
  );
  const { meta, dialpad } = sandbox.description;
  const audience = await read<{ members: readonly { EMAIL?: string }[] }>(
    `${meta?.control}/audiences/${meta?.audienceId}`,
  );
  const listed = await read<{ contacts: readonly Listed[] }>(`${dialpad?.control}/contacts`);
  return {
    contacts,
    sides: await bothSides(sandbox),
    audience: audience.members.flatMap(({ EMAIL }) => (EMAIL === undefined ? [] : [EMAIL])),
    // Whom somebody typed in by hand has no address, until it is found to be somebody of the CRM.
    dialpad: listed.contacts
      .filter(({ emails = [] }) => emails.length > 0)
      .flatMap(({ phones }) => phones),
  };
}

/** What a write at a place changes: the versions of the CRM's rows, and how many writing calls each app has had. */
export async function footprints(
  sandbox: SandboxUnderTest,
): Promise<Readonly<Record<string, string>>> {
  const [row] = await sandbox.sql<{ seen: string }>(
    `select count(*) || ' rows, ' || coalesce(sum(xmin::text::bigint), 0) as seen from contacts`,
  );
  const apps = Object.entries(controls(sandbox)).map(async ([name, control]) => {
    const { routes } = await read<Stats>(`${control}/stats`);
    const writes = Object.entries(routes).filter(([route]) => !route.startsWith('GET '));
    const calls = writes.flatMap(([, answers]) => Object.values(answers));
    return [name, String(calls.reduce((sum, count) => sum + count, 0))] as const;
  });
  return { 'the CRM': row?.seen ?? '', ...Object.fromEntries(await Promise.all(apps)) };
}

interface Stats {
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const controls = ({ mailchimp, description: { meta, dialpad } }: SandboxUnderTest) => ({
  Mailchimp: mailchimp.control,
  Meta: meta?.control,
  Dialpad: dialpad?.control,
});

const read = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

/** Everybody whom one end or the other knows before anything happens. */
export async function openBook(sandbox: SandboxUnderTest): Promise<Book> {
  const book = new Book();
  for (const { email } of await sandbox.contacts()) if (email !== null) book.add(email);
  for (const { email_address: email, status } of await sandbox.members()) {
    const person = book.find(email) ?? book.add(email);
    person.hasWithdrawn ||= ['unsubscribed', 'cleaned'].includes(status);
  }
  return book;
}
