/** The simulated Mailchimp as one of the sandbox's apps. */
import { requireOptions } from '../../connectors/mailchimp/config.ts';
import type { SandboxApp, SandboxAppOptions } from './sandbox-app.ts';
import { startSimulatedMailchimp } from './simulated-mailchimp.ts';

export interface MailchimpDescription {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly audienceId: string;
  readonly control: string;
}

export async function startMailchimpApp({
  app,
  seed,
  statePath,
  onLog,
}: SandboxAppOptions): Promise<SandboxApp> {
  const { audience } = requireOptions(app.options);
  const kept = statePath === null ? {} : { statePath };
  const options = { seed, audienceId: audience, endsWithStdin: false, ...kept };
  const mailchimp = await startSimulatedMailchimp(options, onLog);
  const { baseUrl, apiKey, audienceId, controlUrl } = mailchimp;
  const description = {
    baseUrl,
    apiKey,
    audienceId,
    control: controlUrl,
  } satisfies MailchimpDescription;
  return {
    title: 'the simulated Mailchimp',
    pid: mailchimp.pid,
    exited: mailchimp.exited,
    description,
    secret: { apiKey, baseUrl },
    hasWebhooks: true,
    seed: ({ members }) => mailchimp.seed(members),
    registerWebhook: (url, isSecretKnown) => mailchimp.registerWebhook(url, isSecretKnown),
    stop: () => mailchimp.stop(),
  };
}
