/** The real function in this process, with the real connectors: what it is told, what time it is, and what it prints. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { SECRET_NAME } from './witness.ts';

export type Handler = (event: unknown) => Promise<unknown>;

export interface Subject {
  readonly handle: Handler;
  setTime(ms: number): void;
  /** What was printed since the last time. */
  takePrinted(): string;
  /** Gives this process its own mouth back. */
  release(): void;
}

export async function loadSubject(aws: {
  readonly url: string;
  readonly pullsUrl: string;
}): Promise<Subject> {
  Object.assign(process.env, {
    INSTALLATION: 'fuzz',
    PULLS_QUEUE_URL: aws.pullsUrl,
    WEBHOOK_SECRET: SECRET_NAME,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'fuzz',
    AWS_SECRET_ACCESS_KEY: 'fuzz',
    POWERTOOLS_METRICS_NAMESPACE: 'Trivet',
    POWERTOOLS_SERVICE_NAME: 'fuzz',
  });
  lendConfig();
  const mouth = listen();
  const { handler } = (await import('../functions/webhook.ts')) as { readonly handler: Handler };
  const realNow = Date.now;
  return {
    handle: (event) => handler(event),
    setTime: (ms) => void (Date.now = () => ms),
    takePrinted: () => mouth.take(),
    release: () => {
      Date.now = realNow;
      mouth.release();
    },
  };
}

/** As the bundler does for a deployed function. */
function lendConfig(): void {
  const url = pathToFileURL(join(import.meta.dirname, 'all-apps.config.ts')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'trivet-config' ? { url, shortCircuit: true } : next(specifier, context),
  });
}

function listen(): { take(): string; release(): void } {
  let heard = '';
  const streams = [process.stdout, process.stderr];
  const own = streams.map((stream) => stream.write.bind(stream));
  for (const stream of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      heard += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const done = rest.findLast((each) => typeof each === 'function');
      if (done !== undefined) (done as () => void)();
      return true;
    }) as typeof stream.write;
  }
  return {
    take: () => {
      const taken = heard;
      heard = '';
      return taken;
    },
    release: () =>
      streams.forEach((stream, at) => {
        const write = own[at];
        if (write !== undefined) stream.write = write as typeof stream.write;
      }),
  };
}
