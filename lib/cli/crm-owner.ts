/**
 * The connection that may change the CRM's database. Its owner's: Trivet's own role needs to be no more
 * than a guest. It must lead to the database Trivet reads, or the capture would be put where nobody looks.
 */
import { openSession, type CrmSession } from '../crm/connect.ts';
import { codeOf } from '../crm/failures.ts';
import { identifyDatabase, type DatabaseIdentity } from '../crm/sql/identify-database.ts';
import { findRole, type FoundRole } from '../crm/sql/find-missing-rights.ts';
import { runStatement } from '../crm/statement.ts';
import { CommandFailure, EXIT, wrongUsage } from './failure.ts';
import { requireCrmUrl } from './secret-book.ts';
import type { Setup } from './setup.ts';

export interface OwnerOptions {
  readonly databaseUrl?: string;
}

export interface Owner {
  readonly session: CrmSession;
  /** Where its address was found, for people. */
  readonly from: string;
  /** The role Trivet connects as; null when its address is not known. */
  readonly guest: string | null;
}

const ADMIN_URL = 'CRM_ADMIN_URL';

interface Address {
  readonly url: string;
  readonly ca?: string;
}

async function openOwner(setup: Setup, { databaseUrl }: OwnerOptions): Promise<Owner> {
  const own = await readOwnAddress(setup);
  const given = databaseUrl ?? (setup.variables[ADMIN_URL] || undefined);
  if (given === undefined) {
    if (own instanceof Error) {
      throw new CommandFailure(
        `${own.message} Say who owns the tables: ${ADMIN_URL} in the environment or .env, or --database-url.`,
        EXIT.needsPerson,
      );
    }
    const session = await openSession(own);
    return {
      session,
      from: `Trivet’s own connection; another with ${ADMIN_URL}`,
      guest: session.target.user,
    };
  }
  const from = databaseUrl === undefined ? ADMIN_URL : '--database-url';
  const session = await openSession(addressOf(given, from, setup));
  try {
    const guest = own instanceof Error ? null : await requireSame(session, own, from);
    return { session, from, guest };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function readOwnAddress(setup: Setup): Promise<Address | Error> {
  const { secret } = setup.config.crm;
  try {
    return requireCrmUrl(await setup.readSecret(secret), secret);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function addressOf(url: string, from: string, { variables }: Setup): Address {
  const isPostgres = URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol);
  if (!isPostgres) throw wrongUsage(`${from} must be postgres://user:password@host:port/database.`);
  const ca = variables['CRM_DATABASE_CA'];
  return ca === undefined || ca === '' ? { url } : { url, ca };
}

/** Trivet's role, after a look whether both lead to one database. That it cannot log in yet is no reason to stop. */
async function requireSame(owner: CrmSession, own: Address, from: string): Promise<string> {
  const guest = decodeURIComponent(new URL(own.url).username);
  const session = await openSession(own).catch(() => null);
  if (session === null) return guest;
  try {
    const [theirs, ours] = await Promise.all([identify(owner), identify(session)]);
    if (theirs === null || ours === null || theirs === ours) return guest;
    const place = ({ host, port, database }: CrmSession['target']): string =>
      `“${database}” at ${host}:${port}`;
    throw wrongUsage(
      `${from} leads to ${place(owner.target)}, but Trivet reads ${place(session.target)}: another database. Correct one of them.`,
    );
  } finally {
    await session.close();
  }
}

/** Null where the server does not tell: then nothing is known, and nothing is refused. */
async function identify({ client }: CrmSession): Promise<string | null> {
  const rows = await runStatement<DatabaseIdentity>(client, identifyDatabase()).catch(() => []);
  return rows.length === 0 ? null : JSON.stringify(rows[0]);
}

/** The role that gets the rights: the one named, or Trivet's own when it is not the owner itself. */
export async function requireRole(
  { session, guest }: Owner,
  named: string | undefined,
): Promise<string | undefined> {
  const role = named ?? (guest === null || guest === session.target.user ? undefined : guest);
  if (role === undefined) return undefined;
  const found = await runStatement<FoundRole>(session.client, findRole(role));
  if (found.length > 0) return role;
  throw new CommandFailure(
    `There is no role "${role}" in this server. Make it, with a password of its own: create role "${role.replaceAll('"', '""')}" login password '…'`,
    EXIT.needsPerson,
  );
}

/** Works as the owner, with a session of its own. */
export async function withOwner<T>(
  setup: Setup,
  options: OwnerOptions,
  work: (owner: Owner) => Promise<T>,
): Promise<T> {
  const owner = await openOwner(setup, options);
  try {
    return await work(owner);
  } catch (error) {
    throw explainOwner(error, owner);
  } finally {
    await owner.session.close();
  }
}

/** What the database refuses the owner is said in the owner's words, not in those for Trivet's role. */
function explainOwner(error: unknown, { session, from }: Owner): unknown {
  if (codeOf(error) !== '42501') return error;
  const said = error instanceof Error ? error.message : String(error);
  return new CommandFailure(
    `The role "${session.target.user}" (${from}) may not do this: ${said}. Connect as the owner of the tables: ${ADMIN_URL}, or --database-url.`,
    EXIT.needsPerson,
  );
}

export const describePlace = ({ session, from }: Owner): string => {
  const { host, port, database, user } = session.target;
  return `“${database}” at ${host}:${port}, as ${user} (${from})`;
};
