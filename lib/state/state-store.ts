/**
 * The state port on two DynamoDB tables. Start reading at table-keys.ts (what lies where), then
 * records.ts (how a record is read and written).
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RateStore } from '../ports/rates.ts';
import type { StateStore } from '../ports/state.ts';
import { createBackoff } from './backoff.ts';
import { createBlocked } from './blocked.ts';
import { createControl } from './control.ts';
import { createDigests } from './digests.ts';
import { createHistory } from './history.ts';
import { createHolders } from './holders.ts';
import { createInbox } from './inbox.ts';
import { createLinks } from './links.ts';
import { createPlanned } from './planned.ts';
import { createPlanResults } from './plan-results.ts';
import { createRates } from './rates.ts';
import { createRecords } from './records.ts';
import { createTombstones } from './tombstones.ts';
import { createUnmatched } from './unmatched.ts';
import { createWaitingNotes } from './waiting-note.ts';

export interface StateStoreOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly historyTable: string;
  readonly historyDays: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The key of the tombstones' hashes. Never change it. @default a random one, kept in the state table */
  readonly tombstoneKey?: string;
  /** Waits between repetitions. @default timers */
  readonly sleep?: (ms: number) => Promise<void>;
  /** In [0, 1), for the jitter of those waits. @default Math.random */
  readonly random?: () => number;
}

export function createStateStore(options: StateStoreOptions): StateStore & RateStore {
  const { client, stateTable, now } = options;
  const { sleep = waitFor, random = Math.random } = options;
  const connection = { client, backoff: createBackoff({ sleep, random }) };
  const notes = createWaitingNotes(connection, stateTable, now);
  const history = { table: options.historyTable, days: options.historyDays, now };
  const tombstones = { table: stateTable, key: options.tombstoneKey };
  return {
    ...createRecords(connection, stateTable, notes),
    ...createLinks(connection, stateTable),
    ...createInbox(connection, stateTable, notes),
    ...createBlocked(connection, stateTable),
    ...createUnmatched(connection, stateTable),
    ...createPlanned(connection, stateTable),
    ...createHolders(connection, stateTable),
    ...createDigests(connection, stateTable),
    ...createControl(connection, stateTable),
    ...createHistory(connection, history),
    ...createPlanResults(connection, history),
    ...createTombstones(connection, tombstones),
    ...createRates(connection, stateTable),
  };
}

const waitFor = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
