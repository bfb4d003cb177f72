/**
 * The Dialpad connector: one company's shared contacts as an app replica.
 *
 *   index ── pull                    listing everybody
 *     │      fetch                   looking at single contacts
 *     ├───── push ── change, block   writing
 *     │                └── mapping, lists, uid      forms of values (pure)
 *     ├───── refusals ── number-list                who may not be called or written to
 *     └───── company ── client ── pace              the endpoints, one HTTP call, and its time
 *                └── failures            └── budget what a refusal means; when we may call (pure)
 *   examine                          what the doctor looks at
 *   webhook                          doorbells (pure)
 *   webhook-registry                 what rings them, at the vendor
 */
import { randomBytes } from 'node:crypto';
import type { AppReplica } from '../../ports/app.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AppExaminer } from '../../ports/examine.ts';
import type { RateStore } from '../../ports/rates.ts';
import type { WebhookRegistry } from '../../ports/webhooks.ts';
import { createClient } from './client.ts';
import { type Company, createCompany } from './company.ts';
import {
  baseUrlOf,
  capabilitiesOf,
  type DialpadCredentials,
  type DialpadOptions,
} from './config.ts';
import { createExaminer } from './examine.ts';
import { withoutRejection } from './failures.ts';
import { fetchContacts } from './fetch.ts';
import { createPace } from './pace.ts';
import { listPage } from './pull.ts';
import { pushCommands } from './push.ts';
import { createRefusals } from './refusals.ts';
import { nameForUids, readKey } from './uid.ts';
import { createWebhookRegistry } from './webhook-registry.ts';

export { dialpad, parseCredentials, requireOptions, secretFromVariables } from './config.ts';
export { checkPath } from './paths.ts';
export { createVerifyWebhook } from './webhook.ts';

export interface CompanySetup {
  readonly options: DialpadOptions;
  readonly credentials: DialpadCredentials;
  readonly clock: Clock;
  /** Simultaneous calls of this process. */
  readonly connectionsMax: number;
  /** Where the company's calls are counted, for all processes. */
  readonly rates: RateStore;
  /** @default the platform's fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** Jitter, 0 to 1. @default Math.random */
  readonly random?: () => number;
}

export interface DialpadSetup extends CompanySetup {
  /** The app paths the sync maps: what observations carry. */
  readonly paths: readonly string[];
  /** What tells our contacts from those of another installation. */
  readonly installation: string;
}

export function createDialpad(setup: DialpadSetup): AppReplica {
  const { options, paths, clock, connectionsMax } = setup;
  const company = openCompany(setup);
  const installation = nameForUids(setup.installation);
  const home = { companyId: company.id, installation };
  const refusals = createRefusals(company, paths, clock);
  const tools = { company, installation, refusals, clock, connectionsMax };
  return {
    object: company.id,
    capabilities: capabilitiesOf(options),
    identify: async (budget) => {
      const missing = await company.whyMissing(company.turn(budget, { company: 1 }));
      return missing === null
        ? { kind: 'ok', value: { account: company.id, object: company.id } }
        : withoutRejection(missing);
    },
    // Nothing tells what changed: whatever happens after the first listing is found by the next.
    present: () => Promise.resolve({ kind: 'ok', value: null }),
    pull: () =>
      Promise.resolve({ kind: 'ok', value: { observations: [], cursor: null, done: true } }),
    orderOf: () => 0,
    keyOf: (id) => readKey(id, home),
    list: (cursor, budget) => listPage(tools, cursor, budget),
    fetch: (targets, budget) => fetchContacts(tools, targets, budget),
    push: (commands, budget) => pushCommands(tools, commands, budget),
  };
}

/** What the command line does with a company's webhooks. */
export function createDialpadWebhooks(setup: CompanySetup): WebhookRegistry {
  const makeSecret = (): string => randomBytes(32).toString('base64url');
  return createWebhookRegistry({ company: openCompany(setup), makeSecret });
}

/** What the doctor looks at. */
export function createDialpadExaminer(setup: CompanySetup): AppExaminer {
  const company = openCompany(setup);
  return createExaminer({ company, webhooks: createDialpadWebhooks(setup) });
}

function openCompany(setup: CompanySetup): Company {
  const { options, credentials, clock, connectionsMax, rates } = setup;
  const client = createClient({
    baseUrl: baseUrlOf(options, credentials),
    authorization: credentials.authorization,
    connectionsMax,
    clock,
    fetch: setup.fetch ?? globalThis.fetch,
  });
  const random = setup.random ?? Math.random;
  const pace = createPace({ rates, company: options.company, clock, random });
  return createCompany(client, pace, options.company);
}
