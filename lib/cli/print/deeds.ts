/** What a round decided and did, in a few words. */
import type { Action } from '../../engine/model.ts';
import type { RoundDeeds } from '../../flow/follow-round.ts';
import type { Ink } from './ink.ts';
import { formatPairs } from './table.ts';
import { countOf } from './words.ts';

type Place = 'both ends' | 'app' | 'CRM' | 'no end';

/** Decisions are about fields, except those about a record's being there. */
const WORDS: Readonly<Record<Action, readonly [place: Place, one: string, more: string]>> = {
  agree: ['both ends', 'value found equal', 'values found equal'],
  'write-both': ['both ends', 'field written', 'fields written'],
  'write-app': ['app', 'field written', 'fields written'],
  'create-app': ['app', 'record created', 'records created'],
  'archive-app': ['app', 'record archived', 'records archived'],
  'delete-app': ['app', 'record deleted', 'records deleted'],
  'revive-app': ['app', 'record revived', 'records revived'],
  'write-crm': ['CRM', 'field written', 'fields written'],
  'create-crm': ['CRM', 'row created', 'rows created'],
  'delete-crm': ['CRM', 'row deleted', 'rows deleted'],
  'mark-crm': ['CRM', 'row marked', 'rows marked'],
  park: ['no end', 'parked', 'parked'],
  wait: ['no end', 'waiting', 'waiting'],
  leave: ['no end', 'left alone', 'left alone'],
};

const PLACES: readonly Place[] = ['app', 'CRM', 'both ends', 'no end'];

export function formatDeeds(ink: Ink, { actions, isCut }: RoundDeeds): readonly string[] {
  const lines = PLACES.flatMap((place) => {
    const told = Object.entries(actions).flatMap(([action, count]) => {
      const [where, one, more] = WORDS[action as Action];
      return where === place ? [countOf(count, one, more)] : [];
    });
    return told.length === 0 ? [] : [[place === 'no end' ? '' : place, told.join(' · ')] as const];
  });
  const cut = isCut ? [['', 'and more: only the latest were counted'] as const] : [];
  return lines.length === 0 ? [] : formatPairs(ink, [...lines, ...cut]).map((line) => `  ${line}`);
}

/** A decision's action as one word in a list of recent ones. */
export const nameAction = (action: Action): string => action.replace('-', ' ');
