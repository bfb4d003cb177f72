/** People edit fields at either end, in front of a witness. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Member } from './audience.ts';
import { competesWithLate } from './latecomers.ts';
import { readRecord } from './memory-state.ts';
import { memberOf } from './scenario-parts.ts';
import { PATHS } from './sample-sync.ts';
import { anyKey, anyMember, fresh, type Act, type Stage } from './stage.ts';
import { placeInApp, placeInCrm } from './witness.ts';
import type { World } from './world.ts';

/** An edit at the very end that a write of ours is on its way to is judged as competing with what is carried (SPEC.md, gaps). */
function isOnItsWay(world: World, key: CrmKey | undefined, end: 'toApp' | 'toCrm'): boolean {
  const intent = key === undefined ? null : readRecord(world.memory, key)?.state.intent;
  return intent != null && Object.keys(intent[end]).length > 0;
}

/** Both ends have agreed on it once: before that the first meeting decides. */
function isAgreed({ world }: Pick<Stage, 'world'>, key: CrmKey | undefined, path: string): boolean {
  const state = key === undefined ? undefined : readRecord(world.memory, key)?.state;
  return Object.keys(state?.shadow?.pairs ?? {}).some((name) => name.includes(path));
}

export function editRowOf(
  stage: Pick<Stage, 'world'>,
  key: CrmKey,
  column: string,
  value: string | null,
) {
  const { world } = stage;
  const isMet = isAgreed(stage, key, PATHS[column as keyof typeof PATHS]);
  const before = world.table.rows.get(key)?.[column]?.text ?? null;
  const edit = { place: placeInCrm(key, column), before, after: value };
  const partner = memberOf(world, key);
  const isContested =
    isOnItsWay(world, key, 'toCrm') ||
    (partner !== undefined &&
      competesWithLate(world, partner, PATHS[column as keyof typeof PATHS]));
  if (isMet) world.witness.edited(edit, isContested);
  else world.witness.overlooked(edit);
  world.crm.update(key, { [column]: value });
}

export function editMemberOf(
  stage: Pick<Stage, 'world'>,
  member: Member,
  path: string,
  value: string | null,
) {
  const { world } = stage;
  const key = world.memory.links.get(member.id);
  const isMet = isAgreed(stage, key, path);
  const edit = {
    place: placeInApp(member, path),
    before: member.profile[path] ?? null,
    after: value,
  };
  // What the CRM owns it may overwrite unseen; and between our look and our write nobody sees anything.
  const isSeen = isMet && path !== PATHS.first_name && world.isQuiet();
  const isContested = isOnItsWay(world, key, 'toApp') || competesWithLate(world, member, path);
  if (isSeen) world.witness.edited(edit, isContested);
  else world.witness.overlooked(edit);
  // By themselves, not by their address: others may have that, too.
  world.audience.touch(member, ({ profile }) => {
    profile[path] = value;
  });
}

const editRow =
  (column: string): Act =>
  (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    editRowOf(stage, key, column, value);
    return `${key} ${value}`;
  };

const editMember =
  (path: string): Act =>
  (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    editMemberOf(stage, member, path, value);
    return `${member.id} ${value}`;
  };

const someTags = ({ chance }: Stage): string[] =>
  ['a', 'b', 'c', 'd'].filter(() => chance.isTrue(0.5));

export const EDITS: Readonly<Record<string, Act>> = {
  'crm first_name': editRow('first_name'),
  'crm phone': editRow('phone'),
  'crm phone again': editRow('phone'),
  'crm city': editRow('city'),
  'app first_name': editMember(PATHS.first_name),
  'app phone': editMember(PATHS.phone),
  'app phone again': editMember(PATHS.phone),
  'app city': editMember(PATHS.city),
  'crm tags': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const tags = someTags(stage);
    stage.world.crm.update(key, { tags });
    return `${key} ${tags.join()}`;
  },
  'app tags': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const tags = someTags(stage);
    stage.world.audience.touch(member, (each) => {
      each.tags = tags;
    });
    return `${member.id} ${tags.join()}`;
  },
};
