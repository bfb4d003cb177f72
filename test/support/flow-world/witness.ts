/**
 * Who saw what people did. Each edit has a value of its own; at the end every one of them must still be found: at an
 * end, in the history, or in the record that waits for a person. Only what people themselves replaced may be gone.
 * And a value that a person took away from an end never comes back there.
 */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Cells } from './crm-table.ts';
import type { Member } from './audience.ts';
import type { World } from './world.ts';

type Text = string | null;

export interface Edit {
  /** End, record and field, in one word. */
  readonly place: string;
  readonly before: Text;
  readonly after: Text;
}

export interface Witness {
  /** A person is about to put a value in the place of another. */
  edited(edit: Edit, isContested: boolean): void;
  /** Nobody can tell what became of this one; what it replaced is gone by right. */
  overlooked(edit: Edit): void;
  /** Whether that value came there while nobody could see it: the sync may write over it (SPEC.md, gaps). */
  isUnseen(place: string, value: Text): boolean;
  /** From here on nobody can tell what belongs at this place: a call of ours that lands late is on its way to it. */
  doubt(place: string): void;
  /** The sync did. True: a person took that very value away from there. */
  isPutBack(edit: Edit): boolean;
  /** A row or a member goes, and what it holds with it. */
  rowGoes(cells: Cells): void;
  memberGoes(member: Member): void;
  /** From here on nobody can tell: the history went, and so did what was agreed. */
  dismiss(): void;
  /** Values that are nowhere. */
  vanished(world: World): string[];
  dump(): WitnessDump;
}

/** What a witness remembers, as JSON. */
export interface WitnessDump {
  readonly values: readonly string[];
  readonly held: readonly (readonly [string, readonly Text[]])[];
}

export const placeInCrm = (key: CrmKey, column: string): string => `crm/${key}/${column}`;
export const placeInApp = ({ id }: Member, path: string): string => `app/${id}/${path}`;

export function createWitness(resumed?: WitnessDump): Witness {
  const values = new Set(resumed?.values);
  const held = new Map((resumed?.held ?? []).map(([place, texts]) => [place, new Set(texts)]));
  const doubted = new Set<string>();
  const unseen = new Map<string, Text>();
  let isDismissed = false;
  const forget = (text: Text | undefined): void => {
    if (text != null) values.delete(text);
  };
  const note = ({ place, before }: Edit): void => {
    held.set(place, (held.get(place) ?? new Set<Text>()).add(before));
  };
  return {
    edited: (edit, isContested) => {
      if (isDismissed) return;
      if (!isContested) note(edit);
      forget(edit.before);
      if (edit.after !== null) values.add(edit.after);
    },
    overlooked: ({ place, before, after }) => {
      held.delete(place);
      forget(before);
      unseen.set(place, after);
    },
    isUnseen: (place, value) => unseen.has(place) && unseen.get(place) === value,
    doubt: (place) => {
      doubted.add(place);
    },
    isPutBack: ({ place, after }) =>
      after !== null && !doubted.has(place) && held.get(place)?.has(after) === true,
    rowGoes: (cells) => {
      for (const { text } of Object.values(cells)) forget(text);
    },
    memberGoes: ({ profile }) => {
      for (const text of Object.values(profile)) forget(text);
    },
    dismiss: () => {
      isDismissed = true;
      values.clear();
      held.clear();
    },
    vanished: (world) => {
      const text = everythingIn(world);
      return [...values]
        .filter((value) => !text.includes(`"${value}"`))
        .map((value) => `the edit “${value}” vanished without a trace`);
    },
    dump: () => ({
      values: [...values],
      held: [...held].map(([place, texts]) => [place, [...texts]] as const),
    }),
  };
}

const everythingIn = ({ table, audience, memory }: World): string =>
  [
    ...[...table.rows.values()].map((cells) => JSON.stringify(cells)),
    ...[...audience.members.values()].map((member) => JSON.stringify(member)),
    ...memory.history.map((each) => JSON.stringify(each)),
    ...memory.records.values(),
  ].join('\n');
