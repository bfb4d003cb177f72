/**
 * A judgement without some of its deeds, or without all of them. What is withheld leaves no trace of having
 * been done: the pair, existence, fights and the date of a deletion stay as they were, so that the next look
 * finds the same difference again. What the ends showed and agree on is remembered as ever.
 */
import { isInDoubt } from './adoption.ts';
import { fightName } from './fights.ts';
import type { Verdict } from './judge.ts';
import type {
  Action,
  Decision,
  Deed,
  End,
  FieldSpec,
  FightMemory,
  RecordState,
  Withheld,
} from './model.ts';
import type { Value } from './value.ts';

export function withhold(
  fields: readonly FieldSpec[],
  verdict: Verdict,
  note: Withheld,
  before: RecordState,
): Verdict {
  const isWhole = note.deeds.some(({ column }) => column === null);
  if (isWhole) return withoutAction(verdict, note, before);
  const ofEnd = (end: End): ReadonlySet<string> => {
    const columns = new Set(
      note.deeds.filter((deed) => isAt(deed, end)).map(({ column }) => column),
    );
    return new Set(
      fields.filter(({ column }) => columns.has(column)).map(({ fingerprint }) => fingerprint),
    );
  };
  const [app, crm] = [ofEnd('app'), ofEnd('crm')];
  const fights = { ...verdict.state.fights };
  for (const field of fields) {
    for (const [end, names] of [
      ['app', app],
      ['crm', crm],
    ] as const) {
      if (names.has(field.fingerprint)) restore(fights, fightName(field, end), before.fights);
    }
  }
  return {
    ...verdict,
    toApp: without(verdict.toApp, app),
    toCrm: without(verdict.toCrm, crm),
    decisions: verdict.decisions.filter(
      (decision) => !note.deeds.some((deed) => says(decision, deed)),
    ),
    state: { ...verdict.state, fights, withheld: note },
  };
}

/** The record is neither made nor taken away; of the verdict stays what was seen. */
function withoutAction(verdict: Verdict, note: Withheld, before: RecordState): Verdict {
  // A deleted row was deleted, whatever becomes of its partner; this row would be deleted by us alone. A row that
  // is missing since the sync lost its place was perhaps never deleted.
  const isOurs = verdict.action === 'delete-crm';
  const { deletedAt } = isOurs || isInDoubt(before) ? before : verdict.state;
  return {
    ...verdict,
    action: 'settle',
    toApp: {},
    toCrm: {},
    needsIntent: false,
    decisions: verdict.decisions.filter(({ action }) => !WRITES.has(action)),
    state: {
      ...verdict.state,
      fights: before.fights,
      deletedAt,
      withheld: note,
    },
  };
}

const isAt = ({ kind }: Deed, end: End): boolean => kind.endsWith(`-${end}`);

function without(
  values: Readonly<Record<string, Value>>,
  names: ReadonlySet<string>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}

function restore(
  fights: Record<string, FightMemory>,
  name: string,
  before: RecordState['fights'],
): void {
  const old = before[name];
  if (old === undefined) delete fights[name];
  else fights[name] = old;
}

const says = ({ field, action }: Decision, deed: Deed): boolean =>
  field === deed.column && action === (isAt(deed, 'app') ? 'write-app' : 'write-crm');

const WRITES: ReadonlySet<Action> = new Set([
  'write-app',
  'write-crm',
  'write-both',
  'create-app',
  'create-crm',
  'archive-app',
  'delete-app',
  'revive-app',
  'delete-crm',
  'mark-crm',
]);
