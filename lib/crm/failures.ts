/**
 * What went wrong with the database as a whole, as one sentence with its remedy. The password never
 * enters a message; the row's own troubles are judged by write-failures.ts, not here.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { CrmUnavailable } from '../ports/crm.ts';

export interface CrmTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

interface Explanation {
  readonly kind: 'retry' | 'halted';
  /** Continues "The CRM's database … ". */
  readonly text: string;
}

const halted = (text: string): Explanation => ({ kind: 'halted', text });
const retry = (text: string): Explanation => ({ kind: 'retry', text });

/** By SQLSTATE, by its class, or by Node's error code. */
const explanations: Readonly<Record<string, Explanation>> = {
  '28P01': halted('refuses the password. Put the right one into the secret.'),
  '28000': halted('refuses this user. Check pg_hba.conf, or whether TLS is asked for.'),
  '3D000': halted('does not exist. Correct the database name in the secret.'),
  '42501': halted('denies a right. Grant this user what it lacks: npx trivet install.'),
  '3F000': halted('has no schema "trivet". Install the capture first: npx trivet install.'),
  '42P01': halted(
    'lacks a table. Install the capture (npx trivet install), or correct the configuration.',
  ),
  '42703': halted('lacks a column. Was it renamed? Correct the configuration.'),
  '42804': retry('has a column of another type than a moment ago. It is looked at anew.'),
  '42P10': halted('has no unique index on the key columns. Create one, or correct `key`.'),
  '25006': retry(
    'is read-only just now: a replica, or a failover. Use the address of the primary.',
  ),
  '57014': retry('took longer than the statement timeout allows.'),
  '40': retry('could not serialize a read. It will be tried again.'),
  '55': retry('is busy: an object is locked or in use.'),
  '57': retry('ended the connection or is starting up.'),
  '53': retry('has no resources left: connections, memory or disk.'),
  '58': retry('reports an error of its operating system.'),
  '08': retry('broke the connection.'),
  ECONNREFUSED: retry('refuses connections. Is it running, and is the address right?'),
  ENOTFOUND: retry('cannot be found by name. Check the host in the secret.'),
  EAI_AGAIN: retry('cannot be found by name just now.'),
  ETIMEDOUT: retry('does not answer. Check network, subnets and security groups.'),
  EHOSTUNREACH: retry('cannot be reached. Check network, subnets and security groups.'),
  ENETUNREACH: retry('cannot be reached. Check network, subnets and security groups.'),
  ECONNRESET: retry('broke the connection.'),
  EPIPE: retry('broke the connection.'),
};

const tlsCodes = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|ERR_SSL)/;
const untrusted = halted(
  'has a TLS certificate that cannot be verified. Give its authority as `ca` in the secret.',
);

/** The driver gives these no code. */
const driverMessages: readonly (readonly [RegExp, Explanation])[] = [
  [
    /Connection terminated|Client has encountered a connection error/,
    retry('broke the connection.'),
  ],
  [/timeout expired|timeout exceeded|Query read timeout/, retry('does not answer in time.')],
  [
    /does not support SSL/,
    halted('offers no TLS. Turn it on, or add ?sslmode=disable to the url.'),
  ],
];

/** Not by `instanceof`: an error may come from another realm (workers, test runners), and it is still one. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** The connection itself is gone, so nothing more can be said over it. */
export function isLostConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(08|57P0)/.test(code) || ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code)) return true;
  return code === '' && driverMessage(error) !== undefined;
}

/** `CrmUnavailable` when the database as a whole is the trouble, otherwise the error itself. */
export function explainFailure(error: unknown, target: CrmTarget): unknown {
  if (error instanceof CrmUnavailable) return error;
  const explanation = findExplanation(error);
  if (explanation === undefined) return error;
  const said = ` (${[codeOf(error), messageOf(error)].filter(Boolean).join(' ')})`;
  const where = `"${target.database}" at ${target.host}:${target.port}, user "${target.user}"`;
  const message = `The CRM's database ${where}, ${explanation.text}${said}`;
  return new CrmUnavailable(message, explanation.kind, { cause: error });
}

function findExplanation(error: unknown): Explanation | undefined {
  const code = codeOf(error);
  if (tlsCodes.test(code)) return untrusted;
  return explanations[code] ?? explanations[code.slice(0, 2)] ?? driverMessage(error);
}

function driverMessage(error: unknown): Explanation | undefined {
  return driverMessages.find(([pattern]) => pattern.test(messageOf(error)))?.[1];
}
