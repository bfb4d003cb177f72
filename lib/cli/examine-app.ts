/** One sync's app for `trivet doctor`: its object by its own connector, its webhook, and its clock. */
import type { AppConfig, SyncConfig } from '../config/model.ts';
import { createExaminer } from '../connectors/registry.ts';
import { clockFindings } from '../crm/examine-server.ts';
import type { Budget } from '../ports/clock.ts';
import type { Fix } from '../ports/examine.ts';
import type { Finding, Remedy, Unchecked } from '../ports/finding.ts';
import { registrationOf } from './run-webhooks.ts';
import { HiddenSecret, type Setup } from './setup.ts';
import type { Target } from './target.ts';
import { listWebhooks, type KnownWebhook } from './webhook-registration.ts';

export interface ExaminedApp {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  readonly fixes: readonly Fix[];
}

/** The vendor's Date has whole seconds, and the way to it takes its time. */
const SKEW_MS = 5_000;
const BUDGET_MS = 60_000;

const clock = {
  now: () => Date.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
};

export const newBudget = (): Budget => {
  const endsAt = clock.now() + BUDGET_MS;
  return { remainingMs: () => endsAt - clock.now() };
};

export async function examineApp(setup: Setup, sync: SyncConfig): Promise<ExaminedApp> {
  const app = setup.config.apps[sync.app];
  if (app === undefined) throw new Error(`The configuration has no app “${sync.app}”.`);
  const object = await examineObject(setup, sync, app);
  const isReached = object.findings.every(
    ({ code }) => !/^app\.(secret|refused|unreachable)$/.test(code),
  );
  const webhook = isReached ? await examineWebhook(setup, sync) : NOTHING;
  return {
    findings: [...object.findings, ...webhook.findings],
    unchecked: [...object.unchecked, ...webhook.unchecked],
    fixes: object.fixes,
  };
}

const NOTHING: ExaminedApp = { findings: [], unchecked: [], fixes: [] };

async function examineObject(setup: Setup, sync: SyncConfig, app: AppConfig): Promise<ExaminedApp> {
  const { name } = sync.spec;
  let secret: unknown;
  try {
    secret = await setup.readSecret(app.secret);
  } catch (error) {
    if (error instanceof HiddenSecret) {
      return { ...NOTHING, unchecked: [{ what: `the app ${sync.app}`, why: error.message }] };
    }
    return only(finding(name, `secret ${app.secret}`, 'app.secret', error));
  }
  const made = createExaminer({
    app,
    secret,
    clock,
    paths: sync.spec.fields.map(({ path }) => path),
  });
  if (made.kind === 'halted') {
    return only(finding(name, `secret ${app.secret}`, 'app.secret', new Error(made.reason)));
  }
  const seen = await made.value.examine(sync.spec.fields, newBudget());
  const skew =
    seen.clockAheadMs === null ? [] : clockFindings(seen.clockAheadMs, sync.app, SKEW_MS);
  return {
    findings: [...seen.findings.map((each) => ({ ...each, sync: name })), ...skew],
    unchecked: [],
    fixes: seen.fixes,
  };
}

const only = (found: Finding): ExaminedApp => ({ ...NOTHING, findings: [found] });

const finding = (sync: string, where: string, code: string, error: unknown): Finding => ({
  severity: 'error',
  code,
  sync,
  where,
  found: error instanceof Error ? error.message : String(error),
  remedy: null,
});

async function examineWebhook({ target }: Setup, sync: SyncConfig): Promise<ExaminedApp> {
  if (target === null) {
    return {
      ...NOTHING,
      unchecked: [{ what: `the webhook of ${sync.app}`, why: 'nothing was started yet' }],
    };
  }
  try {
    const registration = await registrationOf(target, sync.app, target.endpoint);
    return { ...NOTHING, findings: judgeWebhooks(target, sync, await listWebhooks(registration)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...NOTHING, unchecked: [{ what: `the webhook of ${sync.app}`, why }] };
  }
}

function judgeWebhooks(
  { endpoint }: Target,
  { app, spec, scheduleMinutes }: SyncConfig,
  webhooks: readonly KnownWebhook[],
): readonly Finding[] {
  const report = (
    severity: Finding['severity'],
    code: string,
    found: string,
    remedy: Remedy,
  ): readonly Finding[] => [
    { severity, code, sync: spec.name, where: `webhook of ${app}`, found, remedy },
  ];
  const wait = `changes there wait for the schedule (${scheduleMinutes} min)`;
  if (endpoint === null) {
    const remedy = { kind: 'command', text: 'npx trivet local --public-url https://…' } as const;
    return report(
      'note',
      'app.webhook-nowhere',
      `Nobody outside reaches this stack, so the app cannot ring: ${wait}.`,
      remedy,
    );
  }
  const remedy = { kind: 'command', text: `npx trivet webhooks register ${app}` } as const;
  const ours = webhooks.filter(({ isOurs }) => isOurs);
  if (ours.length === 0) {
    return report('warning', 'app.webhook-missing', `None of ours is registered: ${wait}.`, remedy);
  }
  if (ours.every(({ isTrusted }) => !isTrusted)) {
    return report(
      'error',
      'app.webhook-refused',
      'Ours is registered, but its requests are refused: its signing secret is not kept here.',
      remedy,
    );
  }
  if (ours.every(({ events }) => events.length === 0)) {
    const found = `Ours is registered, and nothing rings it: its subscription is gone or switched off. Until it is made anew, ${wait}.`;
    return report('warning', 'app.webhook-silent', found, remedy);
  }
  return [];
}
