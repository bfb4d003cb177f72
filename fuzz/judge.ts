/**
 * What one answer is judged by, knowing nothing of how the function decides: the status, that nothing was written
 * unless the request holds something that only a key's holder could have made, and that nothing is told of anybody.
 */
import { MARK } from './genuine.ts';
import { type Issued, SECRETS, SYNC } from './keys.ts';
import type { WitnessedCall } from './witness.ts';
import { requirePullMessage } from '../lib/queue/parse-message.ts';

export interface Input {
  readonly index: number;
  readonly event: unknown;
  readonly nowMs: number;
  /** The sync it must wake; null: it need not wake any. */
  readonly rings: string | null;
}

export interface Answered {
  /** What the function gave, or what it threw. */
  readonly answer: unknown;
  readonly hasThrown: boolean;
  readonly calls: readonly WitnessedCall[];
  readonly printed: string;
  readonly ms: number;
}

/** A vendor waits about ten seconds; this is what a loaded machine may take for what needs a few milliseconds. */
const MS_MAX = 2_000;
const ANSWER_BYTES_MAX = 300;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MESSAGE_BYTES_MAX = 256 * 1024;

export function judge(input: Input, answered: Answered, issued: Issued): readonly string[] {
  const { answer, hasThrown, calls, printed, ms } = answered;
  if (hasThrown) return [`it threw: ${String(answer)}`];
  const status = (answer as { readonly statusCode?: unknown }).statusCode;
  const shown = JSON.stringify(answer);
  const sent = calls.flatMap(({ messages }) => messages);
  const isAllowed = mayRing(input, issued);
  const woken = new Set(sent.map(syncOf));
  const leaks = [MARK, ...SECRETS].filter((text) => shown.includes(text) || printed.includes(text));
  return [
    ...(isAnswer(status) ? [] : [`the status is ${String(status)}`]),
    ...(shown.length <= ANSWER_BYTES_MAX ? [] : [`the answer has ${shown.length} bytes`]),
    ...(sent.length === 0 || isAllowed ? [] : [`it rang ${[...woken].join()} without a key`]),
    ...(sent.length === 0 || Number(status) < 300
      ? []
      : [`it rang and answered ${String(status)}`]),
    ...(input.rings === null || woken.has(input.rings)
      ? []
      : [`it did not ring ${input.rings}: ${shown}`]),
    ...(woken.size <= 1 ? [] : [`it woke ${[...woken].join()}`]),
    ...sent.flatMap(whyUnfit),
    ...calls.flatMap(({ foreign }) => (foreign === null ? [] : [`it called ${foreign}`])),
    ...(leaks.length === 0 ? [] : [`${leaks.join()} was told`]),
    ...(ms <= MS_MAX ? [] : [`it took ${Math.round(ms)} ms`]),
  ];
}

const isAnswer = (status: unknown): boolean =>
  Number.isInteger(status) &&
  ((Number(status) >= 200 && Number(status) < 300) ||
    (Number(status) >= 400 && Number(status) < 500));

const syncOf = (body: string): string => requirePullMessage(body).sync;

function whyUnfit(body: string): readonly string[] {
  const bytes = Buffer.byteLength(body);
  return bytes <= MESSAGE_BYTES_MAX ? [] : [`a message has ${bytes} bytes`];
}

/** The request holds what only a key's holder makes: for these bytes, this sync, and not long ago. */
function mayRing({ event, nowMs }: Input, issued: Issued): boolean {
  const { rawPath, body, isBase64Encoded, headers } = (event ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof rawPath !== 'string') return false;
  const bytes = Buffer.from(
    typeof body === 'string' ? body : '',
    isBase64Encoded === true ? 'base64' : 'utf8',
  );
  const [, place, name = ''] = rawPath.split('/');
  const apps: Readonly<Record<string, string>> = { ...SYNC };
  const sync = place === 'doorbell' ? name : Object.hasOwn(apps, name) ? apps[name] : undefined;
  if (sync === undefined) return false;
  const texts = Object.values((headers ?? {}) as object).filter(
    (value) => typeof value === 'string',
  );
  const held = [
    rawPath.split('/').at(-1) ?? '',
    bytes.toString('utf8').trim(),
    ...texts,
    ...texts.flatMap((text) => text.match(/[0-9a-f]{64}/g) ?? []),
    ...texts.map((text) => text.trim().split(/\s+/).at(-1) ?? ''),
  ];
  return held.some((credential) => issued.covers(credential, { body: bytes, sync, nowMs }));
}
