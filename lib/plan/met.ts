/** Whom a rehearsal has met: the legs they were judged on, what was decided about them, how they are left. */
import type { SyncConfig } from '../config/model.ts';
import type { CrmKey, Decision, RecordState, RemoteId } from '../engine/model.ts';
import { labelOf, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import { appLeg, crmLeg, stateLeg, type Legs } from '../flow/legs.ts';
import { appSide, crmSide } from '../flow/sides.ts';
import { newState } from '../flow/work.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Unmatched } from '../ports/state.ts';
import type { ScratchApp } from './scratch-app.ts';
import type { ScratchCrm } from './scratch-crm.ts';
import type { ScratchState } from './scratch-state.ts';
import type { Scratch } from './scratch.ts';

/** One record as the rehearsal left it. */
export interface Rehearsed {
  readonly key: CrmKey;
  /** The app's record it was judged with, if one was listed. */
  readonly remoteId: RemoteId | null;
  /** The match value the row shows, or else the app’s record: for people. */
  readonly name: string | null;
  readonly legs: Legs;
  /** Everything that would be written or parked, in order. */
  readonly decisions: readonly Decision[];
  readonly before: RecordNote | null;
  readonly after: RecordNote;
}

export interface RecordNote {
  readonly label: RecordLabel;
  readonly reason: string | null;
  readonly state: Pick<RecordState, 'remoteId' | 'parked' | 'parking' | 'withheld'> & {
    readonly existence: NonNullable<RecordState['shadow']>['existence'] | null;
  };
}

export const MET_SCHEMA = [
  'create table met (seq integer primary key, key text unique, remote text, name text, legs text, before text, after text)',
  'create table told (seq integer primary key, key text not null, decisions text not null)',
  'create index told_key on told (key, seq)',
];

export const isMet = (scratch: Scratch, key: CrmKey): boolean =>
  scratch.first('select seq from met where key = ?', key) !== undefined;

export const countMet = (scratch: Scratch): number =>
  scratch.first<{ n: number }>('select count(*) as n from met')?.n ?? 0;

export const tellOf = (scratch: Scratch, key: CrmKey, decisions: readonly Decision[]): void =>
  scratch.run('insert into told (key, decisions) values (?, ?)', key, JSON.stringify(decisions));

export interface MetSources {
  readonly sync: SyncConfig;
  /** The record as the flow opens it: without what is over. */
  readonly asKnown: (state: RecordState | undefined) => RecordState | undefined;
  readonly scratch: Scratch;
  readonly state: ScratchState;
  readonly crm: ScratchCrm;
  readonly app: ScratchApp;
}

/** What a page met, with the legs as they are outside; who comes by again is only noted anew. */
export async function noteMet(
  { sync, asKnown, scratch, state, crm, app }: MetSources,
  met: ReadonlyMap<CrmKey, AppObservation | null>,
): Promise<void> {
  const keys = [...met.keys()];
  const fresh = keys.filter((key) => !isMet(scratch, key));
  const [records, rows] = await Promise.all([
    state.original(sync.spec.name, fresh),
    crm.original(fresh),
  ]);
  for (const key of fresh) {
    const record = asKnown(records.get(key)?.state);
    const row = rows.get(key);
    const match = row?.columns[sync.match.column]?.text ?? null;
    const id = met.get(key)?.remoteId ?? record?.remoteId ?? null;
    const shown = app.original(id === null ? { remoteId: null, match } : { remoteId: id, match });
    const side = crmSide(sync, row, null);
    const legs: Legs = {
      crm: crmLeg(side),
      state: stateLeg(record ?? newState(key)),
      app: appLeg(shown === undefined ? null : appSide(sync.spec, shown)),
    };
    const after = state.changed(key)?.state ?? record ?? newState(key);
    scratch.run(
      'insert into met (key, remote, name, legs, before, after) values (?, ?, ?, ?, ?, ?)',
      key,
      shown?.remoteId ?? null,
      match ?? textOf(shown?.raw[sync.match.path]),
      JSON.stringify(legs),
      record === undefined ? null : JSON.stringify(noteOf(record)),
      JSON.stringify(noteOf(after, { c: side.existence, r: shown?.existence ?? 'absent' })),
    );
  }
  // Whoever was met before and came by again may stand otherwise now.
  for (const key of keys) {
    const after = fresh.includes(key) ? undefined : state.changed(key)?.state;
    if (after === undefined) continue;
    const note = JSON.stringify(noteOf(after, seenBefore(scratch, key)));
    scratch.run('update met set after = ? where key = ?', note, key);
  }
}

function seenBefore(scratch: Scratch, key: CrmKey): RecordNote['state']['existence'] {
  const row = scratch.first<{ after: string }>('select after from met where key = ?', key);
  return row === undefined ? null : (JSON.parse(row.after) as RecordNote).state.existence;
}

const textOf = (raw: Json | undefined): string | null => (typeof raw === 'string' ? raw : null);

/** Of whom nothing needed to be noted, what was seen is said. */
const noteOf = (
  state: RecordState,
  seen: NonNullable<RecordState['shadow']>['existence'] | null = null,
): RecordNote => ({
  label: labelOf(state),
  reason: reasonOf(state),
  state: {
    remoteId: state.remoteId,
    parked: state.parked,
    parking: state.parking,
    withheld: state.withheld,
    existence: state.shadow?.existence ?? seen,
  },
});

interface MetRow {
  readonly key: CrmKey;
  readonly remote: RemoteId | null;
  readonly name: string | null;
  readonly legs: string;
  readonly before: string | null;
  readonly after: string;
}

/** In the order in which they were met. */
export function* outcomesOf(scratch: Scratch): Iterable<Rehearsed> {
  const rows = scratch.each<MetRow>(
    'select key, remote, name, legs, before, after from met order by seq',
  );
  for (const { key, remote, name, legs, before, after } of rows) {
    const told = scratch.all<{ decisions: string }>(
      'select decisions from told where key = ? order by seq',
      key,
    );
    yield {
      key,
      remoteId: remote,
      name,
      legs: JSON.parse(legs) as Legs,
      decisions: told.flatMap(({ decisions }) => JSON.parse(decisions) as Decision[]),
      before: before === null ? null : (JSON.parse(before) as RecordNote),
      after: JSON.parse(after) as RecordNote,
    };
  }
}

export function* ambiguousOf(scratch: Scratch): Iterable<Unmatched> {
  for (const { json } of scratch.each<{ json: string }>('select json from unmatched order by id'))
    yield JSON.parse(json) as Unmatched;
}
