/**
 * Changing a contact: all that a record's commands say becomes one PATCH, built from a look of the same call. A
 * refusal names no field, so after one each value is sent alone until the one to blame is found.
 */
import type { RemoteId } from '../../engine/model.ts';
import { foldTag } from '../../engine/types/tag-set.ts';
import type { Value } from '../../engine/value.ts';
import type { AppCommand, AppOutcome } from '../../ports/app.ts';
import { rejected } from './failures.ts';
import { readPath, shapePatch } from './mapping.ts';
import { conclude, finish, type Run, untried, type Values } from './outcomes.ts';
import type { WireContact } from './wire.ts';

type Change = Extract<AppCommand, { readonly kind: 'update' | 'rename' | 'tags' }>;

export async function sendChanges(
  run: Run,
  record: readonly AppCommand[],
): Promise<readonly AppOutcome[]> {
  const changes = record as readonly Change[];
  const [first] = changes;
  if (first === undefined) return [];
  const looked = await run.tools.company.contact(first.remoteId, run.turn);
  if (looked.kind !== 'ok') {
    const outcome = await conclude(run, looked, null);
    return [outcome, ...changes.slice(1).map(untried)];
  }
  const contact = looked.value;
  const all = unite(changes.map((change) => valuesOf(change, contact)));
  const agreed = unite(changes.map(agreedOf));
  const { outcome } = await patch(run, contact, all, agreed);
  if (outcome.kind === 'applied') return changes.map(() => outcome);
  if (outcome.kind !== 'rejected') return [outcome, ...changes.slice(1).map(untried)];
  const path = outcome.path ?? (await findCulprit(run, contact, all, agreed));
  const blamed = changes.find((change) => path !== null && path in valuesOf(change, contact));
  if (blamed === undefined) return changes.map(() => outcome);
  // Nothing of this record was written, or only values that are sent again: the flow does that without the bad one.
  return changes.map((change) => (change === blamed ? { ...outcome, path } : untried()));
}

async function patch(
  run: Run,
  contact: WireContact,
  fields: Values,
  agreed: Values,
): Promise<Patched> {
  const shaped = shapePatch({ contact, fields, agreed });
  if (!shaped.ok) return { outcome: rejected(shaped.reason, shaped.path), contact: null };
  const answer = await run.tools.company.patch(contact.id as RemoteId, shaped.value, run.turn);
  const shown = answer.kind === 'ok' ? answer.value : null;
  return { outcome: await finish(run, answer), contact: shown };
}

interface Patched {
  readonly outcome: AppOutcome;
  /** As the answer shows it. */
  readonly contact: WireContact | null;
}

/** Null: each value alone is taken, or none is: a number that people wrote as they liked refuses every write. */
async function findCulprit(
  run: Run,
  before: WireContact,
  all: Values,
  agreed: Values,
): Promise<string | null> {
  const paths = Object.keys(all);
  if (paths.length === 1) return null;
  let contact = before;
  const refused: string[] = [];
  for (const path of paths) {
    const tried = await patch(run, contact, { [path]: all[path] as Value }, agreed);
    if (tried.outcome.kind === 'rejected') refused.push(path);
    else if (tried.contact === null) return null;
    // What was taken must not be put back by the next one, which carries the whole contact.
    else contact = tried.contact;
  }
  return refused.length < paths.length ? (refused[0] ?? null) : null;
}

function valuesOf(change: Change, contact: WireContact): Values {
  switch (change.kind) {
    case 'update':
      return change.fields;
    case 'rename':
      return { [change.path]: change.to };
    case 'tags':
      return { [change.path]: changedSet(contact, change) };
  }
}

/** Added and removed against what stands there now, so that what a person added since stays. */
function changedSet(
  contact: WireContact,
  { path, add, remove }: Extract<Change, { readonly kind: 'tags' }>,
): readonly string[] {
  const shown = readPath(contact, path);
  const gone = new Set(remove.map(foldTag));
  const kept = Array.isArray(shown) ? (shown as readonly string[]) : [];
  return [...kept.filter((entry) => !gone.has(foldTag(entry))), ...add];
}

const agreedOf = (change: Change): Values =>
  change.kind === 'update' || change.kind === 'rename' ? (change.agreed ?? {}) : {};

const unite = (parts: readonly Values[]): Values =>
  Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
