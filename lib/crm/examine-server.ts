/** The server, the way to it, our role and the clock: what holds for every table. */
import type { Finding, Remedy } from '../ports/finding.ts';
import type { CrmSession } from './connect.ts';
import { beginPlan, inTransaction } from './change-plan.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';
import {
  askBackend,
  examineServer as askServer,
  oldestOpenWriter,
  type BackendAnswer,
  type OpenWriter,
  type ServerAnswer,
} from './sql/examine-server.ts';
import { runStatement } from './statement.ts';

export interface ServerLimits {
  /** A transaction that is open for longer is told. */
  readonly holderSeconds: number;
  /** Clocks further apart are told: times within five seconds are taken for the same. */
  readonly skewMs: number;
}

export const SERVER_LIMITS: ServerLimits = { holderSeconds: 60, skewMs: 2_000 };

const OLDEST_MAJOR = 13;
const NEWEST_MAJOR = 18;
const LONG_SECONDS = 900;

export interface ExaminedServer {
  readonly findings: readonly Finding[];
  readonly version: number;
  readonly role: string;
  readonly clockAheadMs: number;
}

export async function examineServer(
  session: CrmSession,
  now: () => number,
  limits: ServerLimits = SERVER_LIMITS,
): Promise<ExaminedServer> {
  const { client } = session;
  const from = now();
  const answer = await inTransaction(client, beginPlan, async () => {
    const [row] = await runStatement<ServerAnswer>(client, askServer());
    if (row === undefined) throw new Error('The server answers nothing about itself.');
    return row;
  });
  // The answer was written about half-way between question and answer.
  const clockAheadMs = Math.round(Number(answer.now_ms) - (from + now()) / 2);
  const later = await inTransaction(client, beginPlan, async () => {
    const [writer] = await runStatement<OpenWriter>(client, oldestOpenWriter());
    const [backend] = await runStatement<BackendAnswer>(client, askBackend());
    return { writer, pid: backend?.pid ?? answer.pid };
  });
  const pids = [answer.pid, later.pid];
  const findings = [
    ...versionFindings(answer.version),
    ...writeFindings(answer),
    ...roleFindings(answer),
    ...poolerFindings(session.greetedPid, pids),
    ...holderFindings(later.writer, answer, limits),
    ...clockFindings(clockAheadMs, 'the database', limits.skewMs),
  ];
  return { findings, version: answer.version, role: answer.role, clockAheadMs };
}

const of = (
  severity: Finding['severity'],
  code: string,
  where: string,
  rest: { readonly found: string; readonly remedy: Remedy | null },
): Finding => ({ severity, code, sync: null, where, ...rest });

const advice = (text: string): Remedy => ({ kind: 'advice', text });
const sql = (text: string, as: 'owner' | 'superuser' = 'owner'): Remedy => ({
  kind: 'sql',
  text,
  as,
});

export function versionFindings(version: number): readonly Finding[] {
  const major = Math.trunc(version / 10_000);
  if (major < OLDEST_MAJOR) {
    const found = `It is Postgres ${major}; Trivet needs ${OLDEST_MAJOR} or newer.`;
    const remedy = advice('Upgrade the server.');
    return [of('error', 'crm.version', 'server', { found, remedy })];
  }
  if (major <= NEWEST_MAJOR) return [];
  const found = `It is Postgres ${major}; Trivet was tried with ${OLDEST_MAJOR} to ${NEWEST_MAJOR}.`;
  return [of('note', 'crm.version', 'server', { found, remedy: null })];
}

/** The ways of `default_transaction_read_only`, from the most special on. */
function writeFindings(answer: ServerAnswer): readonly Finding[] {
  if (answer.is_standby) {
    const found =
      'It is a standby (a read replica): neither its rows nor its log are the primary’s.';
    const remedy = advice('Put the address of the primary into the secret.');
    return [of('error', 'crm.standby', 'server', { found, remedy })];
  }
  if (!answer.is_read_only) return [];
  const [role, database] = [quoteIdentifier(answer.role), quoteIdentifier(answer.database)];
  const ways: Readonly<Record<string, string>> = {
    user: `alter role ${role} reset default_transaction_read_only`,
    database: `alter database ${database} reset default_transaction_read_only`,
    'database user': `alter role ${role} in database ${database} reset default_transaction_read_only`,
  };
  const text = ways[answer.read_only_source];
  const remedy =
    text === undefined
      ? advice(
          `default_transaction_read_only is on by ${answer.read_only_source}: switch it off there.`,
        )
      : sql(text, 'superuser');
  const found =
    'Transactions are read-only unless they say otherwise: somebody wants no writes here.';
  return [of('warning', 'crm.read-only', `database ${answer.database}`, { found, remedy })];
}

function roleFindings({ is_superuser, replication_role, role }: ServerAnswer): readonly Finding[] {
  const findings: Finding[] = [];
  if (is_superuser) {
    const found = 'Trivet connects as a superuser; it needs far less.';
    const remedy = advice(
      "Make a role of its own (create role trivet login password '…'), put it into the secret, keep the owner’s address as CRM_ADMIN_URL, and run: npx trivet install",
    );
    findings.push(of('warning', 'crm.superuser', `role ${role}`, { found, remedy }));
  }
  if (replication_role !== 'origin') {
    const found = `Its sessions have session_replication_role = ${replication_role}: the CRM’s own triggers do not see what Trivet writes.`;
    const remedy = sql(
      `alter role ${quoteIdentifier(role)} reset session_replication_role`,
      'superuser',
    );
    findings.push(of('warning', 'crm.replication-role', `role ${role}`, { found, remedy }));
  }
  return findings;
}

/**
 * A pooler greets with a process id of its own invention. Whether it hands each transaction another
 * connection shows only when it happens to; both modes are fine, for nothing is kept in a session.
 */
export function poolerFindings(
  greeted: number | null,
  pids: readonly number[],
): readonly Finding[] {
  const isMixed = new Set(pids).size > 1;
  if (!isMixed && (greeted === null || pids.includes(greeted))) return [];
  const mode = isMixed
    ? 'it gives each transaction another connection (transaction mode)'
    : 'in which mode it pools cannot be told from here';
  const found = `A pooler or proxy stands between; ${mode}. Trivet keeps nothing in a session, so it works; in statement mode it would not.`;
  return [of('note', 'crm.pooler', 'connection', { found, remedy: null })];
}

function holderFindings(
  writer: OpenWriter | undefined,
  { role, sees_sessions }: ServerAnswer,
  limits: ServerLimits,
): readonly Finding[] {
  if (writer === undefined) return [];
  const { seconds } = writer;
  if (seconds === null) {
    const found = `${nameWriter(writer)} has an open transaction that holds back the reading of changes; since when is hidden from this role.`;
    const remedy = sees_sessions
      ? null
      : sql(`grant pg_read_all_stats to ${quoteIdentifier(role)}`, 'superuser');
    return [of('note', 'crm.horizon-unknown', 'server', { found, remedy })];
  }
  if (seconds < limits.holderSeconds) return [];
  const found = `${nameWriter(writer)} has been in one transaction since ${writer.since ?? '?'} (${seconds} s). Changes after it cannot be read before it ends.`;
  const isBad = writer.gid !== null || seconds >= LONG_SECONDS;
  const remedy = endWriter(writer);
  return [of(isBad ? 'error' : 'warning', 'crm.horizon', 'server', { found, remedy })];
}

function nameWriter({ pid, gid, database, user_name, application, state }: OpenWriter): string {
  if (gid !== null) {
    return `The prepared transaction “${gid}” (database ${database ?? '?'}, of ${user_name ?? '?'})`;
  }
  const more = [
    database === null ? '' : `database ${database}`,
    user_name ?? '',
    application ?? '',
    state ?? '',
  ].filter((text) => text !== '');
  return `Process ${pid ?? '?'}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
}

function endWriter({ pid, gid }: OpenWriter): Remedy | null {
  if (gid !== null) return sql(`rollback prepared ${quoteLiteral(gid)}`, 'superuser');
  return pid === null ? null : sql(`select pg_terminate_backend(${pid})`, 'superuser');
}

export function clockFindings(aheadMs: number, whose: string, skewMs: number): readonly Finding[] {
  if (Math.abs(aheadMs) <= skewMs) return [];
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const found = `The clock of ${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s. “newest” and the age of what was seen are judged by these clocks.`;
  const remedy = advice('Let both keep the time by NTP.');
  return [of('warning', 'clock.skew', whose, { found, remedy })];
}

/** What the address asks for. */
export function tlsFindings(url: string): readonly Finding[] {
  const { hostname, searchParams } = new URL(url);
  const mode = searchParams.get('sslmode');
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (isHere || (mode !== 'disable' && mode !== 'no-verify')) return [];
  const found =
    mode === 'disable'
      ? `The connection to ${hostname} is not encrypted (sslmode=disable).`
      : `The server at ${hostname} is not verified (sslmode=no-verify): anybody in between could be it.`;
  const remedy = advice(
    'Take sslmode out of the url; give the authority as `ca` in the secret when it is not a public one.',
  );
  return [of('warning', 'crm.tls', hostname, { found, remedy })];
}
