/** The simulated Meta as a process of its own. Options are JSON in the first argument. */
import * as z from 'zod';
import { runAsProcess } from '../simulation/process.ts';
import { createMetaSimulator } from './simulator.ts';

const serveSchema = z.strictObject({
  seed: z.int(),
  port: z.int().exactOptional(),
  accessToken: z.string().exactOptional(),
  accountId: z.string().exactOptional(),
  audienceId: z.string().exactOptional(),
  audienceName: z.string().exactOptional(),
  statePath: z.string().exactOptional(),
  /** Checked by the simulator itself. */
  settings: z.record(z.string(), z.json()).exactOptional(),
  /** Every API exchange is appended to this file as a JSON line. */
  exchangeLogPath: z.string().optional(),
  endsWithStdin: z.boolean().optional(),
});

/** What `serve.ts` takes. */
export type ServeOptions = z.input<typeof serveSchema>;

const given = process.argv[2] ?? '{"seed":1}';
const { exchangeLogPath, endsWithStdin, ...options } = serveSchema.parse(JSON.parse(given));

await runAsProcess({ exchangeLogPath, endsWithStdin }, async (onExchange) => {
  const simulator = await createMetaSimulator({
    ...options,
    ...(onExchange === null ? {} : { onExchange }),
  });
  const { baseUrl, controlUrl, accessToken, adAccountId, audienceId, isResumed } = simulator;
  return {
    ready: { baseUrl, controlUrl, accessToken, adAccountId, audienceId, isResumed },
    stop: () => simulator.stop(),
  };
});
