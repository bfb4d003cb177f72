/** What goes wrong: an app for a while, a function, a session of the database, or a flood at the door. */
import type { SandboxUnderTest } from '../test/support/sandbox.ts';

const APPS = ['mailchimp', 'meta', 'dialpad'] as const;

const FAULTS: readonly object[] = [
  { kind: 'status', status: 429, rate: 0.4 },
  { kind: 'status', status: 500, rate: 0.4 },
  { kind: 'status', status: 503 },
  { kind: 'page', status: 502, rate: 0.5 },
  { kind: 'timeout-before', ms: 1_500, rate: 0.3 },
  { kind: 'timeout-after', ms: 1_500, rate: 0.3 },
  { kind: 'reset', rate: 0.3 },
  { kind: 'latency', ms: 400 },
];

type Pick = <T>(choices: readonly T[]) => T;
type Trouble = (sandbox: SandboxUnderTest, pick: Pick) => Promise<string | null>;

/**
 * Whatever ends two deliveries of a message in the middle of one record is taken for its doing (lib/flow/poison.ts), and
 * the record waits for a person. Somebody else's kills must not look like that: a message comes back after 12 seconds.
 */
const BETWEEN_KILLS_MS = 30_000;

export function createTroubles(now: () => number): readonly Trouble[] {
  let killedAt = -Infinity;
  const kill: Trouble = async (sandbox, pick) => {
    if (now() - killedAt < BETWEEN_KILLS_MS) return null;
    const killed = await killFunction(sandbox, pick);
    if (killed !== null) killedAt = now();
    return killed;
  };
  return [failApp, failApp, failApp, kill, kill, kill, cutSessions, flood];
}

const controlOf = (sandbox: SandboxUnderTest, app: (typeof APPS)[number]): string =>
  sandbox.description[app]?.control ?? '';

async function failApp(sandbox: SandboxUnderTest, pick: Pick): Promise<string> {
  const [app, fault] = [pick(APPS), pick(FAULTS)];
  const body = JSON.stringify(fault);
  const answer = await fetch(`${controlOf(sandbox, app)}/faults`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`${app} does not take ${body}: ${await answer.text()}`);
  return `${app}: ${body}`;
}

export async function calm(sandbox: SandboxUnderTest): Promise<void> {
  for (const app of APPS) await fetch(`${controlOf(sandbox, app)}/faults`, { method: 'DELETE' });
}

/** Null: none ran just now. */
async function killFunction(sandbox: SandboxUnderTest, pick: Pick): Promise<string | null> {
  const name = pick(['apply', 'apply', 'pull', 'webhook'] as const);
  return (await sandbox.kill(name)) === 200 ? `SIGKILL for ${name}` : null;
}

async function cutSessions(sandbox: SandboxUnderTest): Promise<string> {
  const cut = await sandbox.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trivet'`,
  );
  return `${cut.length} sessions of the database are cut`;
}

async function flood(sandbox: SandboxUnderTest): Promise<string> {
  const forge = async (): Promise<number> =>
    (await fetch(sandbox.webhookUrl, { method: 'POST', body: 'type=subscribe' })).status;
  const statuses = await Promise.all(Array.from({ length: 60 }, forge));
  const taken = statuses.filter((status) => status < 400);
  if (taken.length > 0) throw new Error(`${taken.length} forged webhooks were taken`);
  return '60 forged webhooks';
}
