/**
 * The outputs of the stack: what the command line must know to talk to a deployed one. The one place that
 * knows their names: lib/stack/sync-stack.ts writes them by this type, the command line reads them here.
 */
import * as z from 'zod';

const text = z.string().min(1);

const queueUrls = text.transform((json, context): Record<string, string> => {
  const parsed = z.record(text, text).safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is not a JSON object of queue URLs' });
  return z.NEVER;
});

const schema = z.object({
  /** Where webhooks and doorbells come in. */
  Endpoint: text,
  WebhookSecretName: text,
  StateTable: text,
  HistoryTable: text,
  PullsQueue: text,
  /** Every sync's queue. */
  LaneQueues: queueUrls,
});

/** The secret of doorbells and webhooks is named after the installation. */
export const webhookSecretNameOf = (installation: string): string =>
  `trivet/${installation}/webhooks`;

export function installationOf({
  WebhookSecretName,
}: Pick<StackOutputs, 'WebhookSecretName'>): string {
  const [, installation = ''] = /^trivet\/([^/]+)\/webhooks$/.exec(WebhookSecretName) ?? [];
  if (installation !== '') return installation;
  throw new Error(
    `The stack’s secret ${WebhookSecretName} names no installation; deploy it again.`,
  );
}

/** As CloudFormation holds them. */
export type StackOutputTexts = z.input<typeof schema>;
export type StackOutputs = z.output<typeof schema>;

export type ParsedOutputs =
  | { readonly ok: true; readonly outputs: StackOutputs }
  /** The outputs that are missing or of another form. */
  | { readonly ok: false; readonly wrong: readonly string[] };

/** Total: a stack of another version, or of somebody else, is no bug of ours. */
export function parseStackOutputs(outputs: Readonly<Record<string, string>>): ParsedOutputs {
  const parsed = schema.safeParse(outputs);
  if (parsed.success) return { ok: true, outputs: parsed.data };
  return { ok: false, wrong: parsed.error.issues.map(({ path }) => String(path[0])) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
