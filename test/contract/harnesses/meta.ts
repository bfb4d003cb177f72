/** The Meta connector and the simulated Meta, for the conformance suite. Who is in is known by hashes alone. */
import { createHash } from 'node:crypto';
import { textAt } from '../../../lib/conformance/bench.ts';
import { lacks } from '../../../lib/conformance/harness.ts';
import type {
  Fields,
  Harness,
  Heard,
  Held,
  Stage,
  Trouble,
  TroubleName,
  Usage,
} from '../../../lib/conformance/harness.ts';
import { META_CAPABILITIES, requireOptions } from '../../../lib/connectors/meta/config.ts';
import { createMeta } from '../../../lib/connectors/meta/index.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import { email, phone, text } from '../../../lib/engine/types/index.ts';
import type { Json } from '../../../lib/engine/value.ts';
import { createMetaSimulator, type MetaSimulator } from '../../../lib/local/meta/simulator.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import { control } from '../../support/simulator-control.ts';
import { createTally, type Exchanged, type Tally } from '../../support/tally.ts';

const NOON_MS = Date.UTC(2026, 9, 14, 12, 0, 0);
const AUDIENCE = '6123456789012';
const TYPES = { EXTERN_ID: text(), EMAIL: email(), PHONE: phone(), FN: text(), CT: text() };

/** Names have no digits in the form in which Meta hashes them. */
const letters = (n: number): string =>
  String(n).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');

const person = (n: number): Fields => ({
  EXTERN_ID: `crm-${n}`,
  EMAIL: `person.no${n}@mail.test`,
  PHONE: `+1202555${1000 + n}`,
  FN: `given${letters(n)}`,
  CT: `town${letters(n)}`,
});
const changed = (n: number): Fields => ({ FN: `renamed${letters(n)}`, CT: `moved${letters(n)}` });
const rename = (n: number): string => `renamed.no${n}@mail.test`;
const SAMPLES = { FN: ['zoë', '李', null], CT: ['sanfrancisco', null] };

/** What the suite's own tests put between: a connector with one broken thing. */
export interface MetaVariation {
  /** Stands between the connector and the network. */
  readonly fetch?: (real: typeof fetch) => typeof fetch;
  /** Stands between the suite and the connector. */
  readonly wrap?: (replica: AppReplica) => AppReplica;
}

export const createMetaHarness = (
  /** Called for each stage. */
  vary: () => MetaVariation = () => ({}),
): Harness => ({
  name: 'meta',
  capabilities: META_CAPABILITIES,
  types: TYPES,
  matchPath: 'EMAIL',
  oneRecordPer: 'key',
  person,
  changed,
  rename,
  archive: 'absent',
  delete: 'absent',
  revive: lacks('nobody is put away: who leaves the audience is told again when they come back'),
  removal: lacks('nobody but us takes anybody out that could be seen'),
  tag: lacks('an audience has no tags'),
  refused: () => ({ fields: { EMAIL: null, PHONE: null }, path: null }),
  samples: SAMPLES,
  limits: {
    rowsPerWrite: 10_000,
    rowsPerPage: 20,
    calls: lacks(
      'Meta publishes no number of calls; its headers say how much of the share is used',
    ),
  },
  ledger: {
    hashed: ['EMAIL', 'PHONE', 'FN', 'CT'],
    digest: 'QC8ywkRL4ZDrLRgwAvTzrT',
    spoil: ({ cells, ...row }) => ({ ...row, cells: cells.map(() => 'no hash') }),
    replace: true,
  },
  webhook: lacks('Meta sends no webhooks about custom audiences'),
  troubles: { '409': lacks('Meta reports no conflict of a single record') },
  shortBudgetMs: 2800,
  open: () => openStage(vary()),
});

export const harness: Harness = createMetaHarness();

async function openStage(variation: MetaVariation): Promise<Stage> {
  const clock = { ms: NOON_MS };
  const heard: Heard[] = [];
  const tally = createTally({ withinMs: 1000, rowsOf, isWrite: ({ method }) => method !== 'GET' });
  const simulator = await createMetaSimulator({
    seed: 7,
    audienceId: AUDIENCE,
    now: () => clock.ms,
    onExchange: (exchange) => {
      tally.note(exchange);
      heard.push({ url: exchange.path, body: JSON.stringify(exchange.requestBody ?? null) });
    },
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await simulator.stop();
    isStopped = true;
  };
  return {
    connect: () => connect(simulator, variation),
    heard: () => heard,
    held: () => readHeld(simulator),
    people: lacks('nobody but us is seen in an audience'),
    trouble: (trouble) => (trouble.name === 'unreachable' ? stop() : arm(simulator, trouble)),
    calm: () => control(simulator, 'DELETE', '/faults').then(() => undefined),
    slow: (ms) =>
      control(simulator, 'POST', '/faults', { kind: 'latency', ms }).then(() => undefined),
    usage: () => readUsage(simulator, tally),
    now: () => clock.ms,
    pass: (ms) => {
      clock.ms += ms;
    },
    secrets: [simulator.accessToken],
    stop,
  };
}

const plainly = <T>(thing: T): T => thing;

function connect(
  { accessToken, baseUrl }: MetaSimulator,
  { fetch: through = plainly, wrap = plainly }: MetaVariation,
): AppReplica {
  const replica = createMeta({
    options: requireOptions({ audience: AUDIENCE, baseUrl }),
    credentials: { accessToken, baseUrl: null },
    paths: Object.keys(TYPES),
    notice: () => undefined,
    fetch: through(fetch),
  });
  return wrap(replica);
}

const WRITES = ['POST /', 'DELETE /'];

const FAULTS: Readonly<Record<Exclude<TroubleName, 'unreachable' | '409'>, object>> = {
  '401': { kind: 'error', error: 'token-expired' },
  '403': { kind: 'error', error: 'permission-denied' },
  '404': { kind: 'error', error: 'audience-deleted' },
  '429': { kind: 'error', error: 'throttled' },
  '500': { kind: 'error', error: 'unknown' },
  '503': { kind: 'error', error: 'service-unavailable' },
  'html-502': { kind: 'page', status: 502 },
  'html-200': { kind: 'page', status: 200 },
  'timeout-before': { kind: 'timeout-before' },
  'timeout-after': { kind: 'timeout-after' },
  reset: { kind: 'reset' },
};

async function arm(simulator: MetaSimulator, { name, on, times }: Trouble): Promise<void> {
  if (name === 'unreachable' || name === '409') throw new Error(`${name} is no fault`);
  const count = times === null ? {} : { count: times };
  const matches = on === 'writes' ? WRITES.map((match) => ({ match })) : [{}];
  for (const match of matches) {
    await control(simulator, 'POST', '/faults', {
      ...FAULTS[name],
      ms: 60_000,
      ...count,
      ...match,
    });
  }
}

const rowsOf = ({ requestBody }: Exchanged): number => {
  const payload = (requestBody as { readonly payload?: { readonly data?: unknown } } | undefined)
    ?.payload;
  return Array.isArray(payload?.data) ? payload.data.length : 1;
};

async function readUsage(simulator: MetaSimulator, tally: Tally): Promise<Usage> {
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

const hash = (normal: string): string => createHash('sha256').update(normal).digest('hex');

/** What each hash was made of, of everybody the suite knows. */
const PLAIN: ReadonlyMap<string, string> = new Map(
  [
    ...Array.from({ length: 1000 }, (_, n) => [person(n), changed(n), { EMAIL: rename(n) }]).flat(),
    ...SAMPLES.FN.map((FN): Fields => ({ FN })),
    ...SAMPLES.CT.map((CT): Fields => ({ CT })),
  ].flatMap((fields) =>
    Object.entries(fields).flatMap(([path, value]) =>
      typeof value === 'string' ? [[hash(normalOf(path, value)), value] as const] : [],
    ),
  ),
);

function normalOf(path: string, value: string): string {
  return path === 'PHONE' ? value.replace('+', '') : value;
}

async function readHeld(simulator: MetaSimulator): Promise<readonly Held[]> {
  const { members } = (await control(simulator, 'GET', `/audiences/${AUDIENCE}`)) as {
    readonly members: readonly Readonly<Record<string, string>>[];
  };
  const held = members.map((member): Held => {
    const cells = Object.keys(TYPES).map((path): [string, Json] => {
      const cell = textAt(member, path);
      return [path, cell === '' ? null : (PLAIN.get(cell) ?? cell)];
    });
    // Whom a session brought in has no id of ours.
    const remoteId = (textAt(member, 'EXTERN_ID') || JSON.stringify(member)) as RemoteId;
    return { remoteId, existence: 'present', raw: Object.fromEntries(cells) };
  });
  // A row that shares an address with another is the same person, told anew.
  return [...new Map(held.map((each) => [each.remoteId, each])).values()];
}
