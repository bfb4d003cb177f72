/**
 * What a month costs, from what one change, one link and one idle round were counted to cost. Pure: the numbers
 * come in, and the quantities with their dollars go out.
 */
import { PRICES, type PriceName } from './prices.ts';

/** What was counted: units by record, by change, by round (bench/counts/), and what the template declares. */
export interface Counted {
  readonly link: Units & { readonly bytes: number };
  readonly crmChange: Units;
  readonly appChange: Units;
  readonly idle: {
    readonly reads: number;
    readonly writes: number;
    readonly appCalls: number;
    readonly milliseconds: number;
    readonly logBytes: number;
  };
  readonly millisecondsPerRecord: number;
  readonly template: {
    readonly alarms: number;
    readonly secrets: number;
    readonly mappings: number;
    readonly memoryMb: number;
    readonly metrics: number;
  };
}

export interface Units {
  readonly reads: number;
  readonly writes: number;
  readonly history: number;
}

export interface Setting {
  readonly contacts: number;
  readonly changesPerDay: number;
  /** Of the changes, how many come from the app. */
  readonly shareFromApp: number;
  readonly lanes: number;
  readonly minutesBetweenRounds: number;
  readonly historyDays: number;
}

/** Quantities of a month in the units of the price list. */
export type Quantities = Readonly<Record<PriceName, number>>;

const DAYS = 30;
const MINUTES = DAYS * 24 * 60;
const MILLION = 1e6;
const GB = 2 ** 30;
/** A decision with its values; counted as one write unit, so at most this. */
const HISTORY_BYTES = 600;
/** Lambda keeps five pollers at a queue that is quiet, and each asks every 20 seconds. */
const POLLS_PER_MAPPING = (5 * DAYS * 86_400) / 20;
/** Sent, received with others, deleted. */
const REQUESTS_PER_MESSAGE = 3;
/** Secrets are read anew every five minutes by a process that is used; about so many are. */
const PROCESSES = 6;

export const roundsPerMonth = ({ minutesBetweenRounds }: Setting): number =>
  MINUTES / minutesBetweenRounds;

export function quantitiesOf(counted: Counted, setting: Setting): Quantities {
  const { idle, template, link } = counted;
  const rounds = roundsPerMonth(setting);
  const changes = setting.changesPerDay * DAYS;
  const mean = (name: keyof Units): number =>
    counted.crmChange[name] * (1 - setting.shareFromApp) +
    counted.appChange[name] * setting.shareFromApp;
  const messages = rounds * (1 + messagesPerRound(setting));
  const historyGb = (setting.changesPerDay * setting.historyDays * HISTORY_BYTES) / GB;
  const stateGb = (setting.contacts * link.bytes) / GB;
  const seconds =
    (rounds * idle.milliseconds + changes * 2 * counted.millisecondsPerRecord) / 1_000;
  return {
    writeUnits: (rounds * idle.writes + changes * (mean('writes') + mean('history'))) / MILLION,
    readUnits: (rounds * idle.reads + changes * mean('reads')) / MILLION,
    storage: stateGb + historyGb,
    recovery: stateGb + historyGb,
    compute: (seconds * template.memoryMb) / 1_024 / MILLION,
    invocations: messages / MILLION,
    queueRequests:
      (template.mappings * POLLS_PER_MAPPING + messages * REQUESTS_PER_MESSAGE) / MILLION,
    scheduler: rounds / MILLION,
    secrets: template.secrets,
    secretReads: (PROCESSES * 2 * (MINUTES / 5)) / MILLION,
    metrics: template.metrics,
    alarms: template.alarms,
    logs: (rounds * idle.logBytes * (1 + messagesPerRound(setting))) / GB,
    httpApi: (changes * setting.shareFromApp) / MILLION,
    natHours: 0,
    natTraffic: 0,
  };
}

/** Lane messages of a round that finds changes, and of the one in which our own writes come back. */
function messagesPerRound(setting: Setting): number {
  const changes = setting.changesPerDay / (roundsPerMonth(setting) / DAYS);
  return Math.min(setting.lanes, changes) * 2;
}

/** A first sync, once: links and their history. */
export function firstSyncDollars({ link }: Counted, { contacts }: Setting): number {
  const { writeUnits, readUnits } = PRICES;
  const writes = (link.writes + link.history) * contacts;
  return (writes * writeUnits.dollars + link.reads * contacts * readUnits.dollars) / MILLION;
}

export const dollarsOf = (quantities: Quantities): number =>
  namesOf(quantities).reduce((sum, name) => sum + quantities[name] * PRICES[name].dollars, 0);

export const namesOf = (quantities: Quantities): readonly PriceName[] =>
  Object.keys(quantities) as PriceName[];
