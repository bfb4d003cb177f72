/**
 * The environment of the functions: the one place that knows the variables' names. The stack writes
 * them (lib/stack/environment.ts must satisfy the `…Variables` types), the functions read them here,
 * and each function is told only what its permissions let it use.
 */
import * as z from 'zod';

const text = z.string().min(1);
const count = z.string().regex(/^[1-9]\d*$/, 'is not a positive whole number');

/** A JSON object of texts, carried in one variable. */
const texts = text.transform((json, context): Record<string, string> => {
  const parsed = z.record(text, text).safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is not a JSON object of texts' });
  return z.NEVER;
});

const records = {
  /** Names this installation in planted ids and in keyed hashes; never changes. */
  INSTALLATION: text,
  STATE_TABLE: text,
  PULLS_QUEUE_URL: text,
  /** Name of the secret with the CRM's `{ "url": "postgres://…" }`. */
  CRM_SECRET: text,
  /** Whether the default brakes hold where the configuration names none: `off` in the sandbox. */
  BRAKES: z.enum(['on', 'off']),
  /** Of every sync the digest of its functions' text, as the user wrote it: a bundler rewrites it. */
  FUNCTION_DIGESTS: texts,
};

const pullSchema = z.object({
  ...records,
  /** Every sync's queue. */
  LANE_QUEUES: texts,
  /** Every app's secret, by the app's name in the config. */
  APP_SECRETS: texts,
});

const applySchema = z.object({
  ...records,
  /** The one sync this function serves. */
  SYNC: text,
  HISTORY_TABLE: text,
  HISTORY_DAYS: count,
  /** The sync's own queue, under its name. */
  LANE_QUEUES: texts,
  /** The sync's own app's secret, under the app's name. */
  APP_SECRETS: texts,
});

const webhookSchema = z.object({
  INSTALLATION: text,
  PULLS_QUEUE_URL: text,
  /** Name of the secret parseWebhookSecret reads. */
  WEBHOOK_SECRET: text,
});

/** What the stack must set, as texts. */
export type PullVariables = z.input<typeof pullSchema>;
export type ApplyVariables = z.input<typeof applySchema>;
export type WebhookVariables = z.input<typeof webhookSchema>;

export interface PullEnvironment {
  readonly installation: string;
  readonly stateTable: string;
  readonly pullsQueueUrl: string;
  readonly crmSecret: string;
  readonly hasDefaultBrakes: boolean;
  /** By sync. */
  readonly functionDigests: Readonly<Record<string, string>>;
  readonly laneQueues: Readonly<Record<string, string>>;
  readonly appSecrets: Readonly<Record<string, string>>;
}

export interface ApplyEnvironment extends PullEnvironment {
  readonly sync: string;
  readonly historyTable: string;
  readonly historyDays: number;
}

export interface WebhookEnvironment {
  readonly installation: string;
  readonly pullsQueueUrl: string;
  readonly webhookSecret: string;
}

type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** Throws a sentence naming every variable that is missing or wrong: a function so deployed cannot work. */
export function requirePullEnvironment(environment: ProcessEnvironment): PullEnvironment {
  return toPullEnvironment(requireVariables('pull', pullSchema, environment));
}

export function requireApplyEnvironment(environment: ProcessEnvironment): ApplyEnvironment {
  const variables = requireVariables('apply', applySchema, environment);
  return {
    ...toPullEnvironment(variables),
    sync: variables.SYNC,
    historyTable: variables.HISTORY_TABLE,
    historyDays: Number(variables.HISTORY_DAYS),
  };
}

export function requireWebhookEnvironment(environment: ProcessEnvironment): WebhookEnvironment {
  const variables = requireVariables('webhook', webhookSchema, environment);
  return {
    installation: variables.INSTALLATION,
    pullsQueueUrl: variables.PULLS_QUEUE_URL,
    webhookSecret: variables.WEBHOOK_SECRET,
  };
}

function toPullEnvironment(variables: z.output<typeof pullSchema>): PullEnvironment {
  return {
    installation: variables.INSTALLATION,
    stateTable: variables.STATE_TABLE,
    pullsQueueUrl: variables.PULLS_QUEUE_URL,
    crmSecret: variables.CRM_SECRET,
    hasDefaultBrakes: variables.BRAKES === 'on',
    functionDigests: variables.FUNCTION_DIGESTS,
    laneQueues: variables.LANE_QUEUES,
    appSecrets: variables.APP_SECRETS,
  };
}

function requireVariables<S extends z.ZodType>(
  name: string,
  schema: S,
  environment: ProcessEnvironment,
): z.output<S> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(
    `The ${name} function's environment is not what lib/stack sets (${wrong.join('; ')}). Deploy the stack again.`,
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
