/** What the sandbox asks of a simulated app, whichever it is. Another kind is one more file and one line in `STARTERS`. */
import type { AppConfig } from '../../config/model.ts';
import { startDialpadApp } from './dialpad-app.ts';
import { startMailchimpApp } from './mailchimp-app.ts';
import { startMetaApp } from './meta-app.ts';
import type { SampleData } from './sample-data.ts';

/** Under its kind's name in the sandbox's JSON: `baseUrl`, credentials, ids and `control`. */
export type AppDescription = Readonly<Record<string, string>> & {
  readonly baseUrl: string;
  readonly control: string;
};

export interface SandboxApp<Description extends AppDescription = AppDescription> {
  /** For people: `the simulated Mailchimp`. */
  readonly title: string;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  readonly description: Description;
  /** What the app's secret holds. */
  readonly secret: Readonly<Record<string, string>>;
  /** False: nobody there ever rings. */
  readonly hasWebhooks: boolean;
  /** Puts its part of the sample in place. */
  seed(data: SampleData): Promise<void>;
  /** The signing secret of a webhook made now; null: it was there and its secret is known, or this kind has none. */
  registerWebhook(url: string, isSecretKnown: boolean): Promise<string | null>;
  stop(): Promise<void>;
}

export interface SandboxAppOptions {
  readonly app: AppConfig;
  readonly seed: number;
  /** State is kept there and resumed from; null: memory only. */
  readonly statePath: string | null;
  readonly onLog: (line: string) => void;
}

const STARTERS: Readonly<
  Record<AppConfig['kind'], (options: SandboxAppOptions) => Promise<SandboxApp>>
> = {
  dialpad: startDialpadApp,
  mailchimp: startMailchimpApp,
  meta: startMetaApp,
  own: () =>
    Promise.reject(
      new Error(
        'the sandbox simulates the apps that Trivet knows; run an app of your own with: npx trivet local',
      ),
    ),
};

export const startSandboxApp = (options: SandboxAppOptions): Promise<SandboxApp> =>
  STARTERS[options.app.kind](options);
