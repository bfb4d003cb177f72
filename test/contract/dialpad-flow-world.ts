/** A sync of contacts with a simulated Dialpad by the real connector; the CRM and the memory are those of the flow's world. */
import { compileSync } from '../../lib/config/define.ts';
import type { SyncConfig } from '../../lib/config/model.ts';
import { dialpad, parseCredentials, requireOptions } from '../../lib/connectors/dialpad/config.ts';
import { createDialpad } from '../../lib/connectors/dialpad/index.ts';
import { consent, email, optOut, phone, text } from '../../lib/engine/types/index.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { createMemoryRates } from '../support/rates.ts';
import { noonMs, startDialpad, type DialpadWorld } from './dialpad-simulator-world.ts';

export const COMPANY = '5012345678901234';
export const LIST_EVERY_MS = 60_000;
const APP = dialpad({ company: COMPANY, secret: 'dialpad', listEveryMinutes: 1 });

export const callsSync = compileSync(
  {
    name: 'contacts-news',
    table: 'contacts',
    key: 'id',
    app: 'calls',
    match: { email: 'emails.primary' },
    fields: {
      email: { app: 'emails.primary', type: email(), owner: 'crm' },
      phone: { app: 'phones.primary', type: phone(), owner: 'shared', onConflict: 'app' },
      first_name: { app: 'first_name', type: text(), owner: 'crm' },
      do_not_call: { app: 'blocked', type: optOut({ optInAt: 'opt_in_at' }), owner: 'crm' },
      email_status: { app: 'sms_consent', type: consent(), owner: 'app' },
    },
    create: 'app',
    lanes: 1,
  },
  { app: APP },
);

export interface DialpadFlow {
  readonly vendor: DialpadWorld;
  /** An empty memory and an empty table beside the company. */
  open(config: SyncConfig): World;
}

export async function startDialpadFlow(): Promise<DialpadFlow> {
  const clock = { now: () => noonMs };
  const vendor = await startDialpad({ companyId: COMPANY, now: () => clock.now() });
  const credentials = parseCredentials({ apiKey: vendor.simulator.apiKey });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  return {
    vendor,
    open: (config) => {
      const replica = createDialpad({
        options: requireOptions({ ...APP.options, baseUrl: vendor.simulator.baseUrl }),
        credentials: credentials.value,
        paths: config.spec.fields.map(({ path }) => path),
        installation: 'main',
        connectionsMax: 1,
        rates: createMemoryRates(),
        random: () => 0.5,
        clock: { now: () => world.clock.now(), sleep: (ms) => world.clock.sleep(ms) },
      });
      const world = createWorld({
        seed: 1,
        pageMax: 100,
        other: { sync: config, port: () => replica },
      });
      clock.now = () => world.clock.now();
      return world;
    },
  };
}
