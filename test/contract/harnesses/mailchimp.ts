/** The Mailchimp connector and the simulated Mailchimp, for the conformance suite. */
import { createHmac } from 'node:crypto';
import { textAt } from '../../../lib/conformance/bench.ts';
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
  MAILCHIMP_CAPABILITIES,
  parseCredentials,
  requireOptions,
} from '../../../lib/connectors/mailchimp/config.ts';
import { createMailchimp, createVerifyWebhook } from '../../../lib/connectors/mailchimp/index.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import { consent, email, tags, text } from '../../../lib/engine/types/index.ts';
import type { Json } from '../../../lib/engine/value.ts';
import {
  createMailchimpSimulator,
  type MailchimpSimulator,
  type SeedMember,
} from '../../../lib/local/mailchimp/simulator.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import { armTrouble } from '../../support/arm-trouble.ts';
import { control } from '../../support/simulator-control.ts';
import { createTally, type Exchanged, type Tally } from '../../support/tally.ts';

const NOON_MS = Date.UTC(2026, 2, 14, 12, 0, 0);
const AUDIENCE = '1a2b3c4d5e';
const PAGE_ROWS = 20;

const FNAME = 'merge_fields.FNAME';
const CITY = 'merge_fields.CITY';
const PHONE = 'merge_fields.PHONE';

const TYPES = {
  email_address: email(),
  status: consent(),
  tags: tags(),
  [FNAME]: text(),
  [CITY]: text(),
  [PHONE]: text(),
};

/** What the suite's own tests put between: a connector with one broken thing. */
export interface MailchimpVariation {
  /** Stands between the connector and the network. */
  readonly fetch?: (real: typeof fetch) => typeof fetch;
  /** Stands between the suite and the connector. */
  readonly wrap?: (replica: AppReplica) => AppReplica;
  /** @default what connect is asked for */
  readonly connectionsMax?: number;
}

export const createMailchimpHarness = (
  /** Called for each stage. */
  vary: () => MailchimpVariation = () => ({}),
  changes: Partial<Harness> = {},
): Harness => ({
  name: 'mailchimp',
  capabilities: MAILCHIMP_CAPABILITIES,
  types: TYPES,
  matchPath: 'email_address',
  oneRecordPer: 'match',
  person: (n) => ({
    email_address: `person.no${n}@mail.test`,
    status: 'subscribed',
    tags: [`circle ${n}`],
    [FNAME]: `Given-${n}`,
    [CITY]: `Town-${n}`,
    [PHONE]: `+1 202 555 ${1000 + n}`,
  }),
  changed: (n) => ({ [FNAME]: `Renamed-${n}`, [CITY]: `Moved-${n}` }),
  rename: (n) => `renamed.no${n}@mail.test`,
  archive: 'archived',
  delete: 'absent',
  revive: true,
  removal: true,
  tag: (n) => `tag ${n}`,
  refused: (n) => ({ fields: { email_address: `foo${n}@example.com` }, path: null }),
  samples: {
    [FNAME]: ['Zoë', 'O’Hara – Ünal', '李', '&lt;b&gt;', '"quoted"', 'a\\b', '0', 'null', null],
    [PHONE]: ['+44 20 7946 0958', '030 123456'],
  },
  limits: {
    rowsPerWrite: 500,
    rowsPerPage: PAGE_ROWS,
    calls: lacks('Mailchimp limits calls at one time, not calls in a stretch of time'),
  },
  webhook: {
    verify: createVerifyWebhook(AUDIENCE),
    sign: (secret, atMs) => {
      const body = Buffer.from(
        'type=profile&fired_at=2026-03-14+12%3A00%3A00&data%5Bemail%5D=ada%40mail.test' +
          `&data%5Blist_id%5D=${AUDIENCE}&data%5Bmerges%5D%5BFNAME%5D=Ada`,
      );
      const t = Math.floor(atMs / 1000);
      const hash = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
      const headers = { 'X-Mailchimp-Signature': `t=${t},v1=${hash}` };
      return { method: 'POST', path: '/webhooks/news', headers, body };
    },
    believedMs: 300_000,
  },
  troubles: {
    '403': {
      means: 'retry',
      because: 'at high volume Mailchimp answers 403 without a body; the simulated one does so too',
    },
  },
  shortBudgetMs: 2800,
  open: () => openStage(vary()),
  ...changes,
});

export const harness: Harness = createMailchimpHarness();

async function openStage(variation: MailchimpVariation): Promise<Stage> {
  const vendor = { ms: NOON_MS };
  const tally = createTally({ withinMs: 1000, rowsOf, isWrite: ({ method }) => method !== 'GET' });
  const simulator = await createMailchimpSimulator({
    seed: 7,
    audienceId: AUDIENCE,
    now: () => vendor.ms,
    onExchange: tally.note,
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await simulator.stop();
    isStopped = true;
  };
  return {
    connect: ({ connectionsMax = 2 } = {}) =>
      connect(simulator, vendor, {
        ...variation,
        connectionsMax: variation.connectionsMax ?? connectionsMax,
      }),
    held: () => readHeld(simulator),
    people: createPeople(simulator),
    trouble: (trouble) =>
      trouble.name === 'unreachable' ? stop() : armTrouble(simulator, trouble),
    calm: () => control(simulator, 'DELETE', '/faults').then(() => undefined),
    slow: (ms) =>
      control(simulator, 'POST', '/faults', { kind: 'latency', ms }).then(() => undefined),
    usage: () => readUsage(simulator, tally),
    now: Date.now,
    pass: (ms) => {
      vendor.ms += ms;
    },
    secrets: [simulator.apiKey, Buffer.from(`trivet:${simulator.apiKey}`).toString('base64')],
    stop,
  };
}

function connect(
  simulator: MailchimpSimulator,
  vendor: { readonly ms: number },
  variation: MailchimpVariation & { readonly connectionsMax: number },
): AppReplica {
  const credentials = parseCredentials({ apiKey: simulator.apiKey });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  const { baseUrl, audienceId: audience } = simulator;
  const dated: typeof fetch = (url, init) => fetchAt(vendor, url, init);
  const made = createMailchimp({
    options: requireOptions({ audience, baseUrl, pageRows: PAGE_ROWS }),
    connectionsMax: variation.connectionsMax,
    credentials: credentials.value,
    paths: Object.keys(TYPES),
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    fetch: variation.fetch?.(dated) ?? dated,
    random: () => 0.5,
  });
  if (made.kind !== 'ok') throw new Error(made.reason);
  return variation.wrap?.(made.value) ?? made.value;
}

/** The server stamps answers with the machine's clock; Mailchimp's stands where the suite puts it. */
async function fetchAt(
  vendor: { readonly ms: number },
  url: Parameters<typeof fetch>[0],
  init: Parameters<typeof fetch>[1],
): Promise<Response> {
  const response = await fetch(url, init);
  const headers = new Headers(response.headers);
  headers.set('date', new Date(vendor.ms).toUTCString());
  const { status } = response;
  const body = status === 204 ? null : await response.arrayBuffer();
  return new Response(body, { status, headers });
}

const rowsOf = ({ requestBody }: Exchanged): number => {
  const members = (requestBody as { readonly members?: unknown } | undefined)?.members;
  return Array.isArray(members) ? members.length : 1;
};

async function readUsage(simulator: MailchimpSimulator, tally: Tally): Promise<Usage> {
  const stats = (await control(simulator, 'GET', '/stats')) as {
    readonly peakConnections: number;
    readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  const dropped = Object.values(stats.routes).reduce(
    (sum, route) => sum + (route['dropped'] ?? 0),
    0,
  );
  const counted = tally.read();
  return { ...counted, calls: counted.calls + dropped, connectionsPeak: stats.peakConnections };
}

interface WireMember {
  readonly contact_id: string;
  readonly email_address: string;
  readonly status: string;
  readonly merge_fields: Readonly<Record<string, Json>>;
  readonly tags: readonly { readonly name: string }[];
}

async function readHeld(simulator: MailchimpSimulator): Promise<readonly Held[]> {
  const { members } = (await control(simulator, 'GET', '/members')) as {
    readonly members: readonly WireMember[];
  };
  return members.map((member) => ({
    remoteId: member.contact_id as RemoteId,
    existence: member.status === 'archived' ? 'archived' : 'present',
    raw: {
      email_address: member.email_address,
      ...(member.status === 'archived' ? {} : { status: member.status }),
      tags: member.tags.map(({ name }) => name),
      ...Object.fromEntries(
        [FNAME, CITY, PHONE].map((path) => [path, member.merge_fields[path.slice(13)] ?? null]),
      ),
    },
  }));
}

function createPeople(simulator: MailchimpSimulator): People {
  const emailOf = async (who: RemoteId): Promise<string> => {
    const member = (await readHeld(simulator)).find(({ remoteId }) => remoteId === who);
    return textAt(member?.raw ?? {}, 'email_address');
  };
  return {
    add: async (people) => simulator.seedMembers(people.map(toSeed)) as readonly RemoteId[],
    edit: async (who, fields) => {
      const body = { email: await emailOf(who), merge_fields: mergeOf(fields) };
      await control(simulator, 'POST', '/people/update-profile', body);
    },
    remove: async (who) => {
      await control(simulator, 'POST', '/people/delete-permanently', { email: await emailOf(who) });
    },
  };
}

const mergeOf = (fields: Fields): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([path]) => path.startsWith('merge_fields.'))
      .map(([path, value]) => [path.slice(13), value ?? '']),
  );

const toSeed = (fields: Fields): SeedMember => ({
  email_address: textAt(fields, 'email_address'),
  status: 'subscribed',
  tags: fields['tags'] as readonly string[],
  merge_fields: mergeOf(fields),
});
