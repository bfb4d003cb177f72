/**
 * Meta Custom Audiences: an app that takes people, hashed, and shows nobody. Read in this order: encode.ts (a person
 * as Meta is told of them), push.ts (who is told in which order), upload.ts (full calls, and bad rows found),
 * replace.ts (everybody at once), failures.ts (what a refusal means).
 */
import type { AppReplica } from '../../ports/app.ts';
import type { AppExaminer } from '../../ports/examine.ts';
import { createAudience } from './audience.ts';
import { type Client, createClient } from './client.ts';
import { META_CAPABILITIES, type MetaCredentials, type MetaOptions } from './config.ts';
import { encode, formOf } from './encode.ts';
import { createExaminer } from './examine.ts';
import { unreadable } from './pull.ts';
import { sendCommands } from './push.ts';
import { createReplace } from './replace.ts';

export { meta, parseCredentials, requireOptions, secretFromVariables } from './config.ts';
export { verifyWebhook } from './webhook.ts';

interface ClientSetup {
  readonly options: MetaOptions;
  readonly credentials: MetaCredentials;
  /** @default the platform's fetch */
  readonly fetch?: typeof globalThis.fetch;
}

export interface MetaSetup extends ClientSetup {
  /** The app paths the sync maps: the columns of the audience. */
  readonly paths: readonly string[];
  /** Something somebody should know of, although everything works. */
  readonly notice: (sentence: string) => void;
  /** For the ids of sessions, 0 to 1. @default Math.random */
  readonly random?: () => number;
}

const BASE_URL = 'https://graph.facebook.com';

/** What the doctor looks at. */
export const createMetaExaminer = (setup: ClientSetup): AppExaminer =>
  createExaminer({ client: openClient(setup), options: setup.options });

function openClient({ options, credentials, fetch = globalThis.fetch }: ClientSetup): Client {
  const baseUrl = (options.baseUrl ?? credentials.baseUrl ?? BASE_URL).replace(/\/+$/, '');
  const { version } = options;
  return createClient({ baseUrl, version, accessToken: credentials.accessToken, fetch });
}

export function createMeta(setup: MetaSetup): AppReplica {
  const { options, paths } = setup;
  const { version } = options;
  const client = openClient(setup);
  const audience = createAudience({
    client,
    id: options.audience,
    adAccount: options.adAccount ?? null,
    version,
    notice: setup.notice,
  });
  const { country, limitedDataUse } = options;
  const form = formOf({ paths, country, limitedDataUse });
  const random = setup.random ?? Math.random;
  const tools = {
    audience,
    form,
    sessionId: () => 1 + Math.floor(random() * (Number.MAX_SAFE_INTEGER - 1)),
    searchCallsMax: options.searchCallsMax,
  };
  return {
    ...unreadable,
    object: audience.id,
    capabilities: META_CAPABILITIES,
    identify: async (budget) => {
      const checked = await audience.check(budget);
      if (checked.kind !== 'ok') return checked;
      return { kind: 'ok', value: { account: checked.value, object: audience.id } };
    },
    ledger: {
      encode: (values, now) => encode(form, values, now),
      send: (commands, budget) => sendCommands(tools, commands, budget),
      replace: createReplace(audience, form),
    },
  };
}
