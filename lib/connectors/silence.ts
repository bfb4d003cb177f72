/** When no HTTP answer came: how far the request got, as far as that can be told, for the connectors' verdicts. */

/** `unreachable`: the request surely never arrived. `budget`: it was not sent. */
export interface Silence {
  readonly kind: 'silence';
  readonly cause: 'timeout' | 'reset' | 'unreachable' | 'budget';
  readonly reason: string;
}

/** Failures before anything was sent. The rest may have reached the vendor. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export function silenceOf(error: unknown, vendor: string, timeoutMs: number): Silence {
  if (propertyOf(error, 'name') === 'TimeoutError') {
    const reason = `${vendor} gave no answer within ${(timeoutMs / 1000).toFixed(1)} s.`;
    return { kind: 'silence', cause: 'timeout', reason };
  }
  const code = codeOf(error);
  if (UNREACHABLE.has(code)) {
    return {
      kind: 'silence',
      cause: 'unreachable',
      reason: `${vendor} cannot be reached: ${code}.`,
    };
  }
  const reason = `The connection to ${vendor} broke before the answer came: ${code}.`;
  return { kind: 'silence', cause: 'reset', reason };
}

/** fetch hides the system's code in its error's cause. */
function codeOf(error: unknown): string {
  const cause = propertyOf(error, 'cause') ?? error;
  const code = propertyOf(cause, 'code') ?? propertyOf(cause, 'name');
  return typeof code === 'string' ? code : 'unknown';
}

/** Not by `instanceof`: a DOMException is not an Error everywhere. */
function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Reflect.get(value, name)
    : undefined;
}
