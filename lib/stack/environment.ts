/**
 * What each function is told. The types come from lib/config/environment.ts, where functions read
 * these variables: a name missing on either side does not compile.
 */
import { Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { ApplyVariables, PullVariables, WebhookVariables } from '../config/environment.ts';
import type { TrivetConfig } from '../config/model.ts';

/** Powertools reads these itself: https://docs.aws.amazon.com/powertools/typescript/latest/environment-variables/ */
interface PowertoolsVariables {
  readonly POWERTOOLS_SERVICE_NAME: string;
  readonly POWERTOOLS_METRICS_NAMESPACE: string;
  readonly POWERTOOLS_LOG_LEVEL: string;
}

type HasTableName = { readonly tableName: string };

interface Told {
  readonly scope: IConstruct;
  readonly installation: string;
  readonly config: TrivetConfig;
  readonly state: HasTableName;
  readonly pulls: IQueue;
  readonly brakes: 'on' | 'off';
  /** Lane queues by sync. */
  readonly lanes: Readonly<Record<string, IQueue>>;
}

export function describePull(told: Told): PullVariables & PowertoolsVariables {
  return {
    ...powertools('pull'),
    ...records(
      told,
      told.config.syncs.map((sync) => sync.app),
    ),
  };
}

export function describeApply(
  told: Told & { readonly sync: string; readonly app: string; readonly history: HasTableName },
): ApplyVariables & PowertoolsVariables {
  return {
    ...powertools('apply'),
    ...records(told, [told.app]),
    SYNC: told.sync,
    HISTORY_TABLE: told.history.tableName,
    HISTORY_DAYS: String(told.config.historyDays),
  };
}

export function describeWebhook(told: {
  readonly installation: string;
  readonly pulls: IQueue;
  readonly webhookSecret: string;
}): WebhookVariables & PowertoolsVariables {
  return {
    ...powertools('webhook'),
    INSTALLATION: told.installation,
    PULLS_QUEUE_URL: told.pulls.queueUrl,
    WEBHOOK_SECRET: told.webhookSecret,
  };
}

function records(told: Told, apps: readonly string[]): PullVariables {
  const queueUrls = mapValues(told.lanes, (queue) => queue.queueUrl);
  return {
    INSTALLATION: told.installation,
    STATE_TABLE: told.state.tableName,
    PULLS_QUEUE_URL: told.pulls.queueUrl,
    LANE_QUEUES: Stack.of(told.scope).toJsonString(queueUrls),
    CRM_SECRET: told.config.crm.secret,
    BRAKES: told.brakes,
    FUNCTION_DIGESTS: JSON.stringify(functionDigests(told.config, Object.keys(told.lanes))),
    APP_SECRETS: JSON.stringify(secretNames(told.config, apps)),
  };
}

/** The secret names of the apps, by app. Each app once, in the config's order. */
export function secretNames(
  config: TrivetConfig,
  apps: readonly string[],
): Readonly<Record<string, string>> {
  const used = Object.entries(config.apps).filter(([app]) => apps.includes(app));
  return Object.fromEntries(used.map(([app, { secret }]) => [app, secret]));
}

function functionDigests(
  { syncs }: TrivetConfig,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const told = syncs.filter(({ spec }) => names.includes(spec.name));
  return Object.fromEntries(told.map(({ spec, functions }) => [spec.name, functions]));
}

export const METRICS_NAMESPACE = 'Trivet';

/** The dimension of a function's metrics. */
export const serviceName = (name: string): string => `trivet-${name}`;

function powertools(name: string): PowertoolsVariables {
  return {
    POWERTOOLS_SERVICE_NAME: serviceName(name),
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
}

function mapValues<A, B>(
  values: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
