/** What a month on AWS comes to: counted units times a dated price list. Nothing here was deployed. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_CONFIG_PATH } from '../../lib/local/sandbox/sample-config.ts';
import { synthesize } from '../../lib/local/synthesize.ts';
import { exact, formatValue, type Section, type Table } from '../figure.ts';
import type { Known } from '../parts.ts';
import {
  dollarsOf,
  firstSyncDollars,
  namesOf,
  quantitiesOf,
  roundsPerMonth,
  type Counted,
  type Setting,
} from './model.ts';
import { PRICES, PRICES_AS_OF } from './prices.ts';

const BUSY: Setting = {
  contacts: 1_000_000,
  changesPerDay: 50_000,
  shareFromApp: 0.5,
  lanes: 4,
  minutesBetweenRounds: 1,
  historyDays: 90,
};
const IDLE: Setting = { ...BUSY, changesPerDay: 0 };
const HOURS = 30 * 24;
/** `records` and `records.changed` of each sync, as the functions publish them. */
const METRICS = 2;

export async function runCost(known: Known): Promise<Section> {
  const counts = known.get('counts');
  if (counts === undefined) throw new Error('the part “cost” needs “counts”: run both');
  const counted = { ...readCounts(counts), template: await readTemplate() };
  const [busy, idle] = [quantitiesOf(counted, BUSY), quantitiesOf(counted, IDLE)];
  return {
    part: 'cost',
    title: 'A month, one sync',
    method: [
      `${formatValue(BUSY.contacts)} contacts, ${formatValue(BUSY.changesPerDay)} of them changed a day, half of those in the app, a round every minute, ` +
        `history kept for ${BUSY.historyDays} days. Units are those that the bench counted (\`docs/benchmarks.md\`); alarms, secrets and queues are counted in the synthesized template; ` +
        'milliseconds are those of the machine the bench ran on, with every call metered, which is slower than without. Each further app is a sync of its own and costs about the same again, without the secrets.',
      `Prices: us-east-1, on demand, ${PRICES_AS_OF}, free tiers not deducted. Nothing was deployed to AWS for this page.`,
    ],
    figures: [
      exact('a month', dollarsOf(busy), '$', null),
      exact('a month in which nothing changes', dollarsOf(idle), '$', null),
      exact('a first sync of everybody, once', firstSyncDollars(counted, BUSY), '$', null),
      exact(
        'calls to the app a month, in which nothing changes',
        roundsPerMonth(IDLE) * counted.idle.appCalls,
        'calls',
        null,
      ),
      exact(
        'calls to the app that write, a month at most',
        roundsPerMonth(BUSY) * BUSY.lanes,
        'calls',
        null,
      ),
    ],
    notes: [
      'A record’s change is paid for with its echo: our own write comes back with the next round and is read once.',
      'Fields both ends may write are looked at and written one by one: two calls to the app for each such change, instead of a share of a batch.',
      'The functions need no VPC. If yours must be in one and it has no way out, the NAT gateway costs more than all the rest.',
      'A CRM that rings the doorbell needs no minute schedule: changes arrive at once, and the schedule may be slow.',
    ],
    data: {},
    tables: [monthTable(busy, idle), optionTable(counted), priceTable()],
  };
}

function readCounts(counts: Readonly<Record<string, number>>): Omit<Counted, 'template'> {
  const need = (name: string): number => {
    const value = counts[name];
    if (value === undefined) throw new Error(`the counts hold no “${name}”: run them again`);
    return value;
  };
  const units = (name: string) => ({
    reads: need(`${name}.reads`),
    writes: need(`${name}.writes`),
    history: need(`${name}.history`),
  });
  return {
    link: { ...units('link'), bytes: need('link.bytes') },
    crmChange: units('crmChange'),
    appChange: units('appChange'),
    idle: {
      // The sandbox has no brakes; with the default ones a round reads how much was let through.
      reads: need('idle.reads') + 1,
      writes: need('idle.writes'),
      appCalls: need('idle.appCalls'),
      milliseconds: need('idle.milliseconds'),
      logBytes: need('idle.logBytes'),
    },
    millisecondsPerRecord: need('record.milliseconds'),
  };
}

/** What the stack as it would be deployed has of each kind. */
async function readTemplate(): Promise<Counted['template']> {
  const outDir = await mkdtemp(join(tmpdir(), 'trivet-cost-'));
  try {
    await synthesize({ configPath: SAMPLE_CONFIG_PATH, timeouts: 'local', brakes: 'on', outDir });
    const name = (await readdir(outDir)).find((file) => file.endsWith('.template.json'));
    if (name === undefined) throw new Error('the assembly has no template');
    const { Resources: resources } = JSON.parse(await readFile(join(outDir, name), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties?: { MemorySize?: number } }>;
    };
    const ofType = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);
    const functions = ofType('AWS::Lambda::Function');
    return {
      alarms: ofType('AWS::CloudWatch::Alarm').length,
      // The CRM's and the app's are the user's own; the webhooks' is made by the stack.
      secrets: ofType('AWS::SecretsManager::Secret').length + 2,
      mappings: ofType('AWS::Lambda::EventSourceMapping').length,
      memoryMb: Math.max(...functions.map(({ Properties }) => Properties?.MemorySize ?? 128)),
      metrics: METRICS,
    };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

const money = (dollars: number): string => dollars.toFixed(2);

function monthTable(
  busy: ReturnType<typeof quantitiesOf>,
  idle: ReturnType<typeof quantitiesOf>,
): Table {
  const rows = namesOf(busy)
    .filter((name) => busy[name] > 0)
    .map((name) => [
      PRICES[name].what,
      `${formatQuantity(busy[name])} ${PRICES[name].per}`,
      money(busy[name] * PRICES[name].dollars),
      money(idle[name] * PRICES[name].dollars),
    ]);
  const total = ['**all of it**', '', money(dollarsOf(busy)), money(dollarsOf(idle))];
  return {
    title: 'Where it goes',
    head: ['service', 'a month', '$', '$ when nothing changes'],
    rows: [...rows, total],
  };
}

const formatQuantity = (value: number): string =>
  value >= 0.01 ? formatValue(Math.round(value * 100) / 100) : value.toExponential(1);

function optionTable(counted: Counted): Table {
  const base = dollarsOf(quantitiesOf(counted, BUSY));
  const instead = (change: Partial<Setting>): string =>
    signed(dollarsOf(quantitiesOf(counted, { ...BUSY, ...change })) - base);
  const nat = PRICES.natHours.dollars * HOURS + PRICES.natTraffic.dollars * 10;
  return {
    title: 'What each choice adds or saves',
    head: ['choice', '$ a month'],
    rows: [
      ['history for 30 days instead of 90', instead({ historyDays: 30 })],
      ['history for 365 days', instead({ historyDays: 365 })],
      ['a round every 5 minutes instead of each', instead({ minutesBetweenRounds: 5 })],
      ['a round every 15 minutes', instead({ minutesBetweenRounds: 15 })],
      ['8 lanes instead of 4', instead({ lanes: 8 })],
      ['a NAT gateway in one zone, 10 GB', signed(nat)],
      ['a NAT gateway in two zones', signed(nat + PRICES.natHours.dollars * HOURS)],
    ],
  };
}

const signed = (dollars: number): string => `${dollars < 0 ? '−' : '+'}${money(Math.abs(dollars))}`;

function priceTable(): Table {
  return {
    title: `Price list, ${PRICES_AS_OF}`,
    head: ['what', '$', 'per', 'source'],
    rows: Object.values(PRICES).map(({ what, dollars, per, source }) => [
      what,
      String(dollars),
      per,
      source,
    ]),
  };
}
