/**
 * What AWS or the SDK says when a command cannot get through, as one sentence with its remedy. By name, for
 * the same error comes from several services. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
import { CommandFailure, EXIT, noTarget } from './failure.ts';

/** The stack, for people; and whether its database lies in a VPC. */
export interface AwsPlace {
  readonly name: string;
  readonly config?: { readonly crm: { readonly network: { readonly kind: string } } };
}

const LOG_IN =
  'Log in (e.g. “aws sso login”), or choose credentials: --profile NAME, or AWS_PROFILE.';

const BY_NAME: Readonly<Record<string, string>> = {
  CredentialsProviderError: `no credentials were found. ${LOG_IN}`,
  ExpiredToken: `the credentials have expired. ${LOG_IN}`,
  ExpiredTokenException: `the credentials have expired. ${LOG_IN}`,
  InvalidClientTokenId: `the credentials are not known. ${LOG_IN}`,
  UnrecognizedClientException: `the credentials are not known. ${LOG_IN}`,
  SignatureDoesNotMatch: 'the secret key is wrong, or this machine’s clock is.',
  AuthFailure: `the credentials are not accepted. ${LOG_IN}`,
  TimeoutError: 'AWS does not answer. Check the network and the region.',
};

const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The error itself when it is not AWS’s. */
export function explainAws(error: unknown, place: AwsPlace): unknown {
  if (!(error instanceof Error) || error instanceof CommandFailure) return error;
  const { name, message } = error;
  const known = BY_NAME[name];
  if (known !== undefined) return noTarget(`aws ${place.name}: ${known} (${message})`);
  if (DENIED.has(name)) {
    return new CommandFailure(
      `aws ${place.name}: these credentials may not do this. ${message}`,
      EXIT.failed,
    );
  }
  if (name === 'ValidationError' && /does not exist/.test(message)) {
    return noTarget(
      `There is no stack ${place.name} in this account and region (${message}). Name it with --stack, its region with --region, its account with --profile.`,
    );
  }
  if (name === 'ResourceNotFoundException' || name === 'QueueDoesNotExist') {
    return noTarget(`aws ${place.name}: ${message} Is the stack still there?`);
  }
  if (/Region (is missing|not accepted)/.test(message)) {
    return noTarget(
      `aws ${place.name}: no region is chosen. Use --region NAME, AWS_REGION, or a profile that has one.`,
    );
  }
  if (name === 'CrmUnavailable') return crmUnreachable(error, place);
  const code = 'code' in error ? String(error.code) : '';
  if (UNREACHABLE.has(code))
    return noTarget(
      `aws ${place.name}: AWS cannot be reached (${code}). Check the network and the region.`,
    );
  return error;
}

function crmUnreachable(error: Error, { name, config }: AwsPlace): unknown {
  if (config?.crm.network.kind !== 'vpc') return error;
  return noTarget(
    `aws ${name}: this command reads the CRM’s database, which lies in a VPC and cannot be reached from here. Run it inside that network, or over a VPN into it. (${error.message})`,
  );
}
