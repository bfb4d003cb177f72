/** The Dialpad connector and the simulated Dialpad, for the conformance suite. Time is the stage's: whoever waits moves it. */
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { lacks } from '../../../lib/conformance/harness.ts';
import type {
  Fields,
  Harness,
  Held,
  People,
  Stage,
  Usage,
} from '../../../lib/conformance/harness.ts';
import {
  capabilitiesOf,
  parseCredentials,
  requireOptions,
} from '../../../lib/connectors/dialpad/config.ts';
import { createDialpad, createVerifyWebhook } from '../../../lib/connectors/dialpad/index.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import { email, optOut, phone, tags, text } from '../../../lib/engine/types/index.ts';
import type { Json } from '../../../lib/engine/value.ts';
import {
  createDialpadSimulator,
  type DialpadSimulator,
} from '../../../lib/local/dialpad/simulator.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import { createOwnRates, type RateStore } from '../../../lib/ports/rates.ts';
import { armTrouble } from '../../support/arm-trouble.ts';
import { control } from '../../support/simulator-control.ts';
import { createTally, type Tally } from '../../support/tally.ts';

const NOON_MS = Date.UTC(2026, 10, 14, 12, 0, 0);
const PAGE_ROWS = 20;
const COMPANY = '5012345678901234';

const TYPES = {
  first_name: text(),
  job_title: text(),
  'phones.primary': phone(),
  'urls.primary': text(),
  'urls.extra': tags(),
  'emails.primary': email(),
  blocked: optOut(),
};

const numberOf = (n: number, area = 415): string => `+1${area}555${1000 + n}`;

export const harness: Harness = {
  name: 'dialpad',
  capabilities: capabilitiesOf({ listEveryMinutes: 60 }),
  types: TYPES,
  matchPath: 'phones.primary',
  oneRecordPer: 'key',
  removal: true,
  tag: (n) => `https://tag.test/${n}`,
  person: (n) => ({
    first_name: `Given-${n}`,
    job_title: `Maker of ${n}`,
    'phones.primary': numberOf(n),
    'urls.primary': `https://crm.test/${n}`,
    'urls.extra': [`https://more.test/${n}`],
    'emails.primary': `person.no${n}@mail.test`,
    blocked: false,
  }),
  changed: (n) => ({ first_name: `Renamed-${n}`, job_title: `Keeper of ${n}` }),
  rename: (n) => numberOf(n, 510),
  archive: 'absent',
  delete: 'absent',
  revive: lacks('Dialpad has no archive; who comes back is made anew'),
  refused: (n) => ({
    fields: { first_name: `Given-${n}`, 'phones.primary': '4253' },
    path: 'phones.primary',
  }),
  samples: {
    job_title: ['Zoë', 'O’Hara – Ünal', '李', '&lt;b&gt;', '"quoted"', 'a\\b', '0', 'null', null],
  },
  limits: {
    rowsPerWrite: 1,
    rowsPerPage: PAGE_ROWS,
    calls: { max: 20, withinMs: 1000 },
  },
  webhook: {
    verify: createVerifyWebhook(Object.keys(TYPES)),
    sign: (secret) => {
      const part = (value: object): string =>
        Buffer.from(JSON.stringify(value)).toString('base64url');
      const contact = { id: '123456', first_name: 'Ada', phones: [numberOf(1)], type: 'shared' };
      const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ event: 'Updated', contact })}`;
      const signature = createHmac('sha256', secret).update(signed).digest('base64url');
      const body = Buffer.from(`${signed}.${signature}`);
      return { method: 'POST', path: '/webhooks/calls', headers: {}, body };
    },
    believedMs: lacks('a token of Dialpad has no time: an old one costs one look'),
  },
  troubles: {},
  shortBudgetMs: 4500,
  open: openStage,
};

interface Vendor {
  ms: number;
  readonly underWay: Set<Promise<void>>;
}

/** On this machine a call arrives sooner; one that is never answered must not stop the clock. */
const ARRIVAL_MS = 30;

async function openStage(): Promise<Stage> {
  const vendor: Vendor = { ms: NOON_MS, underWay: new Set() };
  const tally = createTally({
    withinMs: 1000,
    rowsOf: () => 1,
    isWrite: ({ method }) => method !== 'GET',
  });
  const simulator = await createDialpadSimulator({
    seed: 7,
    companyId: COMPANY,
    now: () => vendor.ms,
    settings: { pageRows: PAGE_ROWS },
    onExchange: tally.note,
  });
  const rates = createOwnRates();
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await simulator.stop();
    isStopped = true;
  };
  return {
    connect: ({ connectionsMax = 1 } = {}) => connect(simulator, vendor, rates, connectionsMax),
    held: () => readHeld(simulator),
    people: createPeople(simulator),
    trouble: (trouble) =>
      trouble.name === 'unreachable' ? stop() : armTrouble(simulator, trouble),
    calm: () => control(simulator, 'DELETE', '/faults').then(() => undefined),
    slow: (ms) =>
      control(simulator, 'POST', '/faults', { kind: 'latency', ms }).then(() => undefined),
    usage: () => readUsage(simulator, tally),
    pass: (ms) => {
      vendor.ms += ms;
    },
    now: () => vendor.ms,
    secrets: [simulator.apiKey],
    stop,
  };
}

function connect(
  simulator: DialpadSimulator,
  vendor: Vendor,
  rates: RateStore,
  connectionsMax: number,
): AppReplica {
  const credentials = parseCredentials({ apiKey: simulator.apiKey });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  return createDialpad({
    options: requireOptions({ company: COMPANY, baseUrl: simulator.baseUrl }),
    credentials: credentials.value,
    paths: Object.keys(TYPES),
    installation: 'main',
    rates,
    connectionsMax,
    clock: {
      now: () => vendor.ms,
      // A call on its way arrives when it was sent, and not when others have slept.
      sleep: async (ms) => {
        await Promise.race([Promise.all(vendor.underWay), delay(ARRIVAL_MS)]);
        vendor.ms += ms;
      },
    },
    fetch: (url, init) => {
      const call = fetch(url, init);
      const ended = call.then(
        () => undefined,
        () => undefined,
      );
      vendor.underWay.add(ended);
      void ended.then(() => vendor.underWay.delete(ended));
      return call;
    },
    random: () => 0.5,
  });
}

async function readUsage(simulator: DialpadSimulator, tally: Tally): Promise<Usage> {
  const stats = (await control(simulator, 'GET', '/stats')) as {
    readonly peakConnections: number;
    readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly limits: { readonly company: { readonly peak: number; readonly refused: number } };
  };
  const dropped = Object.values(stats.routes).reduce(
    (sum, route) => sum + (route['dropped'] ?? 0),
    0,
  );
  const counted = tally.read();
  return {
    ...counted,
    calls: counted.calls + dropped,
    connectionsPeak: stats.peakConnections,
    callsPeak: stats.limits.company.peak,
    turnedAway: stats.limits.company.refused,
  };
}

interface Shown {
  readonly id: string;
  readonly first_name?: string;
  readonly job_title?: string;
  readonly phones?: readonly string[];
  readonly emails?: readonly string[];
  readonly urls?: readonly string[];
}

async function readHeld(simulator: DialpadSimulator): Promise<readonly Held[]> {
  const { contacts } = (await control(simulator, 'GET', '/contacts')) as {
    readonly contacts: readonly Shown[];
  };
  const { blocked } = (await control(simulator, 'GET', '/blocked')) as {
    readonly blocked: readonly { readonly number: string }[];
  };
  return contacts.map((contact): Held => {
    const { phones: [primary = null] = [], emails: [mail = null] = [], urls = [] } = contact;
    const raw: Record<string, Json> = {
      first_name: contact.first_name ?? null,
      job_title: contact.job_title ?? null,
      'phones.primary': primary,
      'urls.primary': urls[0] ?? null,
      'urls.extra': urls.slice(1),
      'emails.primary': mail,
      blocked: blocked.some(({ number }) => number === primary),
    };
    return { remoteId: contact.id as RemoteId, existence: 'present', raw };
  });
}

function createPeople(simulator: DialpadSimulator): People {
  return {
    add: async (people) => simulator.seedContacts(people.map(wireOf)) as readonly RemoteId[],
    edit: async (id, fields) => {
      await control(simulator, 'POST', '/people/edit', { id, set: wireOf(fields) });
    },
    remove: async (id) => {
      await control(simulator, 'POST', '/people/delete', { id });
    },
  };
}

function wireOf(fields: Fields): Record<string, string | string[]> {
  const wire: Record<string, string | string[]> = {};
  for (const name of ['first_name', 'job_title'] as const) {
    const value = fields[name];
    if (typeof value === 'string') wire[name] = value;
  }
  const primary = fields['phones.primary'];
  if (typeof primary === 'string') wire['phones'] = [primary];
  const [link, more] = [fields['urls.primary'], (fields['urls.extra'] ?? []) as readonly string[]];
  if (typeof link === 'string') wire['urls'] = [link, ...more];
  const mail = fields['emails.primary'];
  if (typeof mail === 'string') wire['emails'] = [mail];
  return wire;
}
