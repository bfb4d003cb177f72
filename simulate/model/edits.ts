/** What people do in a small scope: they edit one field of one of them at one end. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { PATHS } from '../../test/support/flow-world/sample-sync.ts';
import { memberOf } from '../../test/support/flow-world/scenario-parts.ts';
import { editMemberOf, editRowOf } from '../../test/support/flow-world/walk-edits.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import type { Scope } from './scope.ts';
import type { Left } from './state.ts';
import { newValue, type Edited } from './values.ts';

export interface Edit {
  readonly end: 'crm' | 'app';
  readonly key: CrmKey;
  readonly column: Edited;
}

const KEYS = ['1', '2'] as readonly string[] as readonly CrmKey[];

export const editsLeft = ({ people }: Scope, left: Left): readonly Edit[] =>
  (['crm', 'app'] as const)
    .filter((end) => left[end] > 0)
    .flatMap((end) =>
      KEYS.slice(0, people).flatMap((key) =>
        (['phone', 'first_name'] as const).map((column) => ({ end, key, column })),
      ),
    );

export const without = (left: Left, { end }: Edit): Left => ({ ...left, [end]: left[end] - 1 });

/** Each edit has a value of its own. */
export function carryOut(world: World, { end, key, column }: Edit): void {
  const value = newValue(key, column, end, world.clock.now());
  const member = memberOf(world, key);
  if (end === 'crm') editRowOf({ world }, key, column, value);
  else if (member !== undefined) editMemberOf({ world }, member, PATHS[column], value);
}

export const inWords = ({ end, key, column }: Edit): string => `${end} ${key} ${column}`;
