/**
 * The simulated Mailchimp as a process of its own. Options are JSON in the first argument or in
 * MAILCHIMP_SIMULATOR.
 */
import { z } from 'zod';
import { runAsProcess } from '../simulation/process.ts';
import { createMailchimpSimulator } from './simulator.ts';

const fieldSchema = z.object({
  tag: z.string(),
  type: z.enum([
    'text',
    'number',
    'address',
    'phone',
    'date',
    'url',
    'imageurl',
    'radio',
    'dropdown',
    'birthday',
    'zip',
  ]),
  name: z.string().exactOptional(),
  required: z.boolean().exactOptional(),
  options: z
    .object({
      choices: z.array(z.string()).exactOptional(),
      phone_format: z.string().exactOptional(),
      date_format: z.string().exactOptional(),
    })
    .exactOptional(),
});

const webhooksSchema = z.strictObject({
  isSigned: z.boolean().exactOptional(),
  duplicateRate: z.number().exactOptional(),
  reorderRate: z.number().exactOptional(),
  delayMsMax: z.number().exactOptional(),
  reorderDelayMsMax: z.number().exactOptional(),
  retryDelaysMs: z.array(z.number()).exactOptional(),
  timeoutMs: z.number().exactOptional(),
  concurrencyMax: z.number().exactOptional(),
});

const serveSchema = z.strictObject({
  seed: z.number().int(),
  port: z.number().int().exactOptional(),
  apiKey: z.string().exactOptional(),
  audienceId: z.string().exactOptional(),
  audienceName: z.string().exactOptional(),
  statePath: z.string().exactOptional(),
  mergeFields: z.array(fieldSchema).exactOptional(),
  unfilteredIncludesArchived: z.boolean().exactOptional(),
  bulkRevivesArchived: z.boolean().exactOptional(),
  isDoubleOptIn: z.boolean().exactOptional(),
  webhooks: webhooksSchema.exactOptional(),
  /** Every API exchange is appended to this file as a JSON line. */
  exchangeLogPath: z.string().exactOptional(),
  endsWithStdin: z.boolean().exactOptional(),
});

/** What `serve.ts` takes. */
export type ServeOptions = z.infer<typeof serveSchema>;

const given = process.argv[2] ?? process.env['MAILCHIMP_SIMULATOR'] ?? '{"seed":1}';
const { exchangeLogPath, endsWithStdin, ...options } = serveSchema.parse(JSON.parse(given));

await runAsProcess({ exchangeLogPath, endsWithStdin }, async (onExchange) => {
  const simulator = await createMailchimpSimulator(
    onExchange === null ? options : { ...options, onExchange },
  );
  const { baseUrl, controlUrl, apiKey, audienceId, isResumed } = simulator;
  return {
    ready: { baseUrl, controlUrl, apiKey, audienceId, isResumed },
    stop: () => simulator.stop(),
  };
});
