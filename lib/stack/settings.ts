/** What may be chosen at synthesis, as CDK context (`-c name=value`). */
import type { Node } from 'constructs';
import * as z from 'zod';
import { TIMEOUT_PROFILES } from './timings.ts';

/** Many times what a storm of webhooks needs: one takes some 20 ms, and 50 a second are let in. */
export const WEBHOOK_CONCURRENCY = 5;

const schema = z.object({
  /** The user's config module. */
  config: z.string().min(1).default('lib/local/sample/trivet.config.ts'),
  /** Names planted ids, secrets and the stack; never changes once deployed. */
  installation: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a-z, 0-9 and -, at most 31, beginning with a letter')
    .default('main'),
  /** `short` for the sandbox, where crashes are made on purpose; `local` for `trivet local`. */
  timeouts: z.enum(TIMEOUT_PROFILES).default('normal'),
  /** `off` for the sandbox: no brakes but those the configuration names. */
  brakes: z.enum(['on', 'off']).default('on'),
  /**
   * How many requests the webhook function may answer at once, reserved for it and its most. 0 for accounts that
   * refuse reservations: then fewer requests are let in instead (lib/stack/webhook-endpoint.ts).
   */
  webhookConcurrency: z.coerce.number().int().min(0).max(100).default(WEBHOOK_CONCURRENCY),
  /** Folder with the functions' entry files. */
  functions: z.string().min(1).default('functions'),
});

export type Settings = z.output<typeof schema>;

export function readSettings(node: Node): Settings {
  const names = Object.keys(schema.shape);
  const given = names.map((name): [string, unknown] => [name, node.tryGetContext(name)]);
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new Error(`These context values cannot be used: ${wrong.join('; ')}`);
}
