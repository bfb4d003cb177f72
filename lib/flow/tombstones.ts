/** The names under which a deleted person is remembered, so that nothing that began before revives them. */
import { findMatchField } from '../engine/match-field.ts';
import type { SyncConfig } from '../config/model.ts';
import type { Verdict } from '../engine/judge.ts';
import type { LedgerVerdict } from '../engine/ledger.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { SyncContext } from './context.ts';
import type { Work } from './work.ts';

/** CRM key and remote ids: any of them may turn up again elsewhere. */
export function tombstonesOf(sync: SyncConfig, work: Work): readonly string[] {
  const ids = [work.state.remoteId, work.opened.remoteId].filter((id) => id !== null);
  return namesOf(sync, work.key, [...new Set(ids)]);
}

export const namesOf = (
  sync: SyncConfig,
  key: CrmKey | null,
  ids: readonly RemoteId[],
): readonly string[] => [
  ...(key === null ? [] : [nameInCrm(sync, key)]),
  ...ids.map((id) => nameAtApp(sync, id)),
];

function nameInCrm({ table: { schema, name } }: SyncConfig, key: CrmKey): string {
  return `crm:${schema}.${name}:${key}`;
}

/**
 * The names of somebody erased from an app. Their row may still be there and their address be imported again: only
 * an opt-in newer than the erasure lets them in.
 */
export const erasedNames = (
  sync: SyncConfig,
  key: CrmKey | null,
  matches: readonly string[],
): readonly string[] => [
  ...(key === null ? [] : [`erased:${sync.app}:${nameInCrm(sync, key)}`]),
  ...matches.map((match) => `erased:${sync.app}:match:${match.trim().toLowerCase()}`),
];

const CREATES: ReadonlySet<string> = new Set(['create-crm', 'create-app']);

/** Whoever is only taken out goes, whatever they are called. */
const isTold = (verdict: Verdict & Partial<LedgerVerdict>): boolean => verdict.plan?.put != null;

/** Records that are about to be made, or told of, for the first time, and belong to somebody who was erased. */
export async function erasedAmong(
  { state, sync, app }: SyncContext,
  works: readonly Work[],
): Promise<readonly Work[]> {
  const making = works.filter(
    ({ verdict, progress }) =>
      progress === 'open' &&
      verdict !== null &&
      (app.ledger === undefined ? CREATES.has(verdict.action) : isTold(verdict)),
  );
  if (making.length === 0) return [];
  const field = findMatchField(sync.spec.fields);
  const namesFor = new Map(
    making.map((work) => {
      const shown = [
        work.crm.fields[field?.fingerprint ?? ''],
        work.observation?.raw[field?.path ?? ''],
      ];
      const matches = shown.filter((each): each is string => typeof each === 'string');
      return [work, erasedNames(sync, work.key, matches)] as const;
    }),
  );
  const buried = await state.buried([...new Set([...namesFor.values()].flat())]);
  return making.filter((work) => {
    const optIn = Math.max(work.crm.optInAt ?? 0, work.observation?.optInAt ?? 0);
    return (namesFor.get(work) ?? []).some((name) => (buried.get(name) ?? -1) >= optIn);
  });
}

/** At an app that shows nobody, whoever asked: the round, or a person about what was held or refused before the erasure. */
export async function leaveErased(context: SyncContext, works: readonly Work[]): Promise<void> {
  for (const work of await erasedAmong(context, works)) leaveBuried(context, work);
}

/** A create that a tombstone stops: the record takes the deletion over, and nothing that began before it passes. */
export function leaveBuried(context: SyncContext, work: Work): void {
  const text = 'the person was deleted after this was true; nothing revives them';
  work.decisions.push({
    field: null,
    action: 'leave',
    reason: { rule: 'existence/tombstone', text },
  });
  const deletedAt = work.state.deletedAt ?? context.clock.now();
  // Nor is what was held of them still to be done.
  work.state = { ...work.state, deletedAt, withheld: null };
  work.isDirty = true;
  work.progress = 'done';
}

const nameAtApp = (sync: SyncConfig, id: RemoteId): string => `app:${sync.app}:${id}`;

/**
 * Creates that a tombstone stops: what they rest on began before the deletion. A later sign-up has the
 * app's own newer time and passes; a row that is in the CRM now was read after any deletion of it.
 */
export async function withoutBuried(
  context: SyncContext,
  works: readonly Work[],
  hasErased: boolean,
): Promise<ReadonlySet<Work>> {
  const erased = hasErased ? await erasedAmong(context, works) : [];
  const creates = works.filter(({ verdict }) => verdict?.action === 'create-crm');
  if (creates.length === 0) return new Set(erased);
  const namesFor = new Map(creates.map((work) => [work, tombstonesOf(context.sync, work)]));
  const buried = await context.state.buried([...namesFor.values()].flat());
  return new Set([
    ...erased,
    ...creates.filter((work) => {
      const times = (namesFor.get(work) ?? []).flatMap((name) => buried.get(name) ?? []);
      return times.some((time) => isAfter(time, work.observation));
    }),
  ]);
}

/** App records of nobody that a tombstone keeps from getting a row. */
export async function buriedAtApp<T extends AppObservation & { readonly remoteId: RemoteId }>(
  { state, sync }: SyncContext,
  observations: readonly T[],
): Promise<ReadonlySet<T>> {
  if (observations.length === 0) return new Set();
  const nameOf = ({ remoteId }: T): string => nameAtApp(sync, remoteId);
  const buried = await state.buried(observations.map(nameOf));
  return new Set(observations.filter((each) => isAfter(buried.get(nameOf(each)) ?? -1, each)));
}

const isAfter = (buriedAt: number, observation: AppObservation | null): boolean =>
  buriedAt >= (observation?.optInAt ?? observation?.version ?? 0);
