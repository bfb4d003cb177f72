/** What brakes hold, as a person deals with it: in batches, one for each class and the run in which it was held. */
import { dayOf } from '../engine/brakes.ts';
import { isConsent } from '../engine/caps.ts';
import { classOf } from '../engine/deeds.ts';
import type {
  BrakeClass,
  CrmKey,
  Deed,
  FieldSpec,
  RecordState,
  Withheld,
} from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { StateStore } from '../ports/state.ts';
import { nameShown } from './name-shown.ts';
import { crmSide } from './sides.ts';
import type { SyncContext } from './context.ts';
import { walkInbox } from './walk-inbox.ts';

/** `<class>/<run>`, within its sync. */
export const batchOf = (one: BrakeClass, { run, at }: Pick<Withheld, 'run' | 'at'>): string =>
  `${one}/${(run ?? dayOf(at)).slice(0, RUN_LENGTH)}`;

/** Runs are numbered; a backfill is a run of its own, under a long random name. */
const RUN_LENGTH = 10;

/** One record's part of a batch. */
export interface HeldRecord {
  readonly key: CrmKey;
  readonly class: BrakeClass;
  readonly batch: string;
  readonly deeds: readonly Deed[];
  /** Of each deed; missing where earlier code held it. */
  readonly values: readonly string[];
  readonly state: RecordState;
}

export function heldIn(state: RecordState): readonly HeldRecord[] {
  const { withheld, key } = state;
  if (withheld?.by !== 'brake') return [];
  const classes = [...new Set(withheld.deeds.map(classOf))];
  return classes.map((one) => {
    const own = withheld.deeds.flatMap((deed, index) =>
      classOf(deed) === one ? [{ deed, value: withheld.values?.[index] ?? '' }] : [],
    );
    return {
      key,
      class: one,
      batch: batchOf(one, withheld),
      deeds: own.map(({ deed }) => deed),
      values: own.map(({ value }) => value),
      state,
    };
  });
}

const PAGE = 200;

/** Everything that is held, page by page of the inbox. */
export async function* walkHeld(
  state: Pick<StateStore, 'inbox'>,
  sync: string,
): AsyncGenerator<readonly HeldRecord[]> {
  for await (const records of walkInbox(state, sync, PAGE))
    yield records.flatMap((record) => heldIn(record.state));
}

export interface HeldSample {
  readonly key: CrmKey;
  /** The record's match value, for people. */
  readonly name: Value;
  readonly deeds: readonly Deed[];
  /** By column: what the CRM shows and what the app was last known to hold. */
  readonly values: Readonly<Record<string, { readonly crm: Value; readonly app: Value }>>;
}

export interface HeldBatch {
  /** As `approve` and `drop` take it. */
  readonly batch: string;
  readonly sync: string;
  readonly class: BrakeClass;
  readonly isConsent: boolean;
  /** Records. */
  readonly count: number;
  readonly run: string | null;
  readonly since: number;
  /** When the last of it came, or came to be held for something else. */
  readonly until: number;
  readonly reason: string;
  readonly samples: readonly HeldSample[];
}

export const SAMPLES_MAX = 3;

/** Exact counts in flat memory; a few records of each batch in full. */
export async function listHeld(
  { state, sync, crm }: Pick<SyncContext, 'state' | 'sync' | 'crm'>,
  samplesMax = SAMPLES_MAX,
): Promise<readonly HeldBatch[]> {
  const found = new Map<
    string,
    { first: HeldRecord; count: number; since: number; until: number; some: HeldRecord[] }
  >();
  for await (const page of walkHeld(state, sync.spec.name)) {
    for (const each of page) {
      const at = each.state.withheld?.at ?? 0;
      const begun = { first: each, count: 0, since: at, until: at, some: [] };
      const group = found.get(each.batch) ?? begun;
      group.count += 1;
      group.since = Math.min(group.since, at);
      group.until = Math.max(group.until, at);
      if (group.some.length < samplesMax) group.some.push(each);
      found.set(each.batch, group);
    }
  }
  const rows = await crm.read(
    [...found.values()].flatMap(({ some }) => some.map(({ key }) => key)),
  );
  return [...found].map(([batch, { first, count, since, until, some }]) => ({
    batch: `${sync.spec.name}/${batch}`,
    sync: sync.spec.name,
    class: first.class,
    isConsent: isConsent(first.class),
    count,
    run: first.state.withheld?.run ?? null,
    since,
    until,
    reason: first.state.withheld?.reason ?? '',
    samples: some.map((each) =>
      sampleOf(sync.spec.fields, each, crmSide(sync, rows.get(each.key), null).fields),
    ),
  }));
}

function sampleOf(
  fields: readonly FieldSpec[],
  { key, deeds, state }: HeldRecord,
  shown: Readonly<Record<string, Value>>,
): HeldSample {
  const pairs = state.shadow?.pairs ?? {};
  const columns = new Set(deeds.map(({ column }) => column));
  const values = fields.flatMap(({ column, fingerprint }) => {
    const ends = { crm: shown[fingerprint] ?? null, app: pairs[fingerprint]?.r ?? null };
    return columns.has(column) ? [[column, ends] as const] : [];
  });
  const name = nameShown(fields, { state, crm: shown });
  return { key, name, deeds, values: Object.fromEntries(values) };
}
