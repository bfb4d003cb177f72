/**
 * The simulated Mailchimp as a process of its own, so that load on it shares no event loop with its callers.
 * Options are JSON in the first argument or in MAILCHIMP_SIMULATOR; one JSON line on stdout says it is ready.
 * SIGTERM and SIGINT end it, and so does the end of stdin when `endsWithStdin` is set: a parent that was
 * killed cannot send a signal, but its pipe closes.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { z } from 'zod';
import { createMailchimpSimulator } from './simulator.ts';
import type { Exchange, SimulatorOptions } from './simulator.ts';

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

async function serve(text: string): Promise<void> {
  const { exchangeLogPath, endsWithStdin, ...given } = serveSchema.parse(JSON.parse(text));
  const log = exchangeLogPath === undefined ? null : openSync(exchangeLogPath, 'a');
  const options: SimulatorOptions = log === null ? given : { ...given, onExchange: logTo(log) };
  const simulator = await createMailchimpSimulator(options);
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    void simulator.stop().then(() => {
      if (log !== null) closeSync(log);
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (endsWithStdin === true) process.stdin.resume().once('end', stop).once('close', stop);
  const { baseUrl, controlUrl, apiKey, audienceId, isResumed } = simulator;
  const ready = { baseUrl, controlUrl, apiKey, audienceId, isResumed };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function logTo(file: number): (exchange: Exchange) => void {
  return (exchange) => {
    appendFileSync(file, `${JSON.stringify(exchange)}\n`);
  };
}

await serve(process.argv[2] ?? process.env['MAILCHIMP_SIMULATOR'] ?? '{"seed":1}');
