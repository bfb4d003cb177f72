/**
 * The secrets of a configuration from environment variables, for `trivet local`. Each connector says which
 * variables make its secret. Where a configuration has several secrets of one kind, each variable carries the
 * app's name: `MAILCHIMP_API_KEY_NEWS`. Pure; all that is missing is told at once, and no value ever.
 */
import type { TrivetConfig } from '../config/model.ts';
import { secretReaderOf } from '../connectors/registry.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface EnvironmentSecrets {
  /** JSON texts by the names the configuration gives the secrets. */
  readonly values: Readonly<Record<string, string>>;
  /** The key of the doorbell, shared with the CRM's application; null: a generated one. */
  readonly doorbellKey: string | null;
  /** What is missing or cannot be used, as sentences. */
  readonly problems: readonly string[];
}

/** As in lib/config/webhook-secret.ts. */
const DOORBELL_KEY_LENGTH_MIN = 16;

export function readEnvironmentSecrets(
  config: TrivetConfig,
  variables: Variables,
): EnvironmentSecrets {
  // A variable that is set to nothing is not set: that is how shells and .env files take one away.
  const read = (name: string): string | undefined => variables[name] || undefined;
  const problems: string[] = [];
  const values: Record<string, string> = {};
  const crm = readCrmSecret(read);
  if (typeof crm === 'string') problems.push(crm);
  else values[config.crm.secret] = JSON.stringify(crm);
  for (const [app, known] of Object.entries(config.apps)) {
    const { secret } = known;
    if (values[secret] !== undefined) continue;
    const suffix = isOnlySecret(config, app) ? '' : `_${app.toUpperCase()}`;
    const made = secretReaderOf(known)((name) => read(`${name}${suffix}`));
    if (typeof made === 'string') problems.push(`${made}${suffix} is not set (app ${app}).`);
    else values[secret] = JSON.stringify(made);
  }
  const doorbellKey = read('TRIVET_DOORBELL_KEY') ?? null;
  if (doorbellKey !== null && doorbellKey.length < DOORBELL_KEY_LENGTH_MIN) {
    problems.push(`TRIVET_DOORBELL_KEY must have at least ${DOORBELL_KEY_LENGTH_MIN} characters.`);
  }
  return { values, doorbellKey, problems };
}

/** No other app of this kind has another secret, so that the variables' plain names mean this one. */
function isOnlySecret({ apps }: TrivetConfig, app: string): boolean {
  const { kind, secret } = apps[app] ?? {};
  return Object.values(apps).every((other) => other.kind !== kind || other.secret === secret);
}

function readCrmSecret(read: (name: string) => string | undefined): object | string {
  const [url, ca] = [read('CRM_DATABASE_URL'), read('CRM_DATABASE_CA')];
  if (url === undefined) return 'CRM_DATABASE_URL is not set (the CRM’s database).';
  const isPostgres = URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol);
  if (!isPostgres) return 'CRM_DATABASE_URL must be postgres://user:password@host:port/database.';
  return ca === undefined ? { url } : { url, ca };
}
