/** The simulated Dialpad as a process of its own. Options are JSON in the first argument. */
import * as z from 'zod';
import { runAsProcess } from '../simulation/process.ts';
import { createDialpadSimulator } from './simulator.ts';

const deliverySchema = z.strictObject({
  duplicateRate: z.number().exactOptional(),
  reorderRate: z.number().exactOptional(),
  delayMsMax: z.number().exactOptional(),
  reorderDelayMsMax: z.number().exactOptional(),
  retryDelaysMs: z.array(z.number()).exactOptional(),
  silenceDelaysMs: z.array(z.number()).exactOptional(),
  timeoutMs: z.number().exactOptional(),
  concurrencyMax: z.number().exactOptional(),
});

const serveSchema = z.strictObject({
  seed: z.int(),
  port: z.int().exactOptional(),
  apiKey: z.string().exactOptional(),
  companyId: z.string().regex(/^\d+$/).exactOptional(),
  companyName: z.string().exactOptional(),
  statePath: z.string().exactOptional(),
  /** Checked by the simulator itself. */
  settings: z.record(z.string(), z.json()).exactOptional(),
  delivery: deliverySchema.exactOptional(),
  /** Every API exchange is appended to this file as a JSON line. */
  exchangeLogPath: z.string().optional(),
  endsWithStdin: z.boolean().optional(),
});

/** What `serve.ts` takes. */
export type ServeOptions = z.input<typeof serveSchema>;

const given = process.argv[2] ?? '{"seed":1}';
const { exchangeLogPath, endsWithStdin, ...options } = serveSchema.parse(JSON.parse(given));

await runAsProcess({ exchangeLogPath, endsWithStdin }, async (onExchange) => {
  const simulator = await createDialpadSimulator({
    ...options,
    ...(onExchange === null ? {} : { onExchange }),
  });
  const { baseUrl, controlUrl, apiKey, companyId, isResumed } = simulator;
  return {
    ready: { baseUrl, controlUrl, apiKey, companyId, isResumed },
    stop: () => simulator.stop(),
  };
});
