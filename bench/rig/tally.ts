/** What a stretch of a run cost: calls to the app by route, units of state by kind of item, transactions that wrote in the CRM. */
import { requireMailchimp } from '../../lib/local/sandbox/description.ts';
import type { ItemKind } from './item-kind.ts';
import type { Reading } from './meter.ts';
import type { Rig } from './rig.ts';

export interface AppCalls {
  /** Answers of `GET /lists/{id}/members`, the page-wise reading of everybody. */
  readonly pages: number;
  /** The audience and its merge fields: what a process learns once. */
  readonly descriptions: number;
  /** Looks at one member. */
  readonly looks: number;
  /** Calls of up to 500 members. */
  readonly batches: number;
  /** Writes to one member. */
  readonly singles: number;
}

export interface Tally {
  readonly app: AppCalls;
  readonly readings: readonly Reading[];
  /** Transactions of the CRM's server that wrote anything. */
  readonly crmTransactions: number;
}

export const readsOf = ({ app }: Tally): number => app.pages + app.descriptions + app.looks;
export const writesOf = ({ app }: Tally): number => app.batches + app.singles;

export function unitsOf(
  { readings }: Tally,
  effect: Reading['effect'],
  ...kinds: readonly ItemKind[]
): number {
  return readings
    .filter((reading) => reading.effect === effect && kinds.includes(reading.kind))
    .reduce((sum, { units }) => sum + units, 0);
}

/** Everything but history, which every figure leaves out. */
export const STATE_KINDS: readonly ItemKind[] = [
  'record',
  'link',
  'control',
  'inbox index',
  'tombstone',
  'other',
];

/** Of the records themselves, without what a round costs whatever it finds. */
export const RECORD_KINDS: readonly ItemKind[] = ['record', 'link', 'tombstone', 'other'];

export interface TallyReader {
  /** What happened since the last look. */
  take(): Promise<Tally>;
  /** Forgets what happened, because the bench did it itself. */
  skip(): Promise<void>;
}

export async function openTally(rig: Rig): Promise<TallyReader> {
  const { people, meter, sandbox } = rig;
  let transactions = await readTransactions(rig);
  const take = async (): Promise<Tally> => {
    const { routes } = await people.stats();
    const now = await readTransactions(rig);
    const tally = {
      app: callsBy(routes),
      readings: meter?.readings() ?? [],
      crmTransactions: now - transactions,
    };
    transactions = now;
    meter?.reset();
    const { control } = requireMailchimp(sandbox.description);
    await fetch(`${control}/reset-stats`, { method: 'POST' });
    return tally;
  };
  return {
    take,
    skip: async () => {
      await take();
    },
  };
}

/** A transaction gets a number when it first writes, so the next number tells how many did. */
async function readTransactions({ people }: Rig): Promise<number> {
  const [row] = await people.sql<{ next: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
  );
  return Number(row?.next);
}

type Routes = Readonly<Record<string, Readonly<Record<string, number>>>>;

function callsBy(routes: Routes): AppCalls {
  const calls = { pages: 0, descriptions: 0, looks: 0, batches: 0, singles: 0 };
  for (const [route, answers] of Object.entries(routes)) {
    const total = Object.values(answers).reduce((sum, each) => sum + each, 0);
    const kind = kindOfRoute(route);
    if (kind !== null) calls[kind] += total;
  }
  return calls;
}

/** Null: the sandbox's own setting up of the webhook. */
function kindOfRoute(route: string): keyof AppCalls | null {
  if (route.includes('/webhooks')) return null;
  if (route === 'GET /lists/{id}/members') return 'pages';
  if (route === 'POST /lists/{id}') return 'batches';
  if (!route.startsWith('GET ')) return 'singles';
  return route.includes('/members/') ? 'looks' : 'descriptions';
}
