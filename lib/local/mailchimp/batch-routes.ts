/**
 * `POST /lists/{id}`: up to 500 rows at once, keyed by address. The answer is 200 even when rows fail, and a
 * row whose address nobody has any more makes a new contact: that is how duplicates come about.
 * https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
 */
import { isPlainObject } from '../simulation/json.ts';
import { answer, refuse } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import type { Errand, TagChange } from './member-desk.ts';
import { misfit, parseMemberDraft, requestStatuses } from './member-draft.ts';
import type { MemberDraft } from './member-draft.ts';
import { apiErrand } from './member-routes.ts';
import type { Member } from './model.ts';
import { invalidShape } from './problems.ts';
import type { Problem, Ruled } from './problems.ts';
import { subscriberHash } from './subscriber-hash.ts';
import type { World } from './world.ts';

export const batchRowsMax = 500;

interface Batch {
  readonly rows: readonly MemberDraft[];
  readonly updatesExisting: boolean;
  readonly syncsTags: boolean;
  readonly skipsDuplicates: boolean;
  readonly errand: Errand;
}

type RowResult =
  | { readonly kind: 'created' | 'updated'; readonly member: Member }
  | { readonly kind: 'failed'; readonly error: Record<string, string> }
  | { readonly kind: 'ignored' };

export function createBatchRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'POST',
      template: '/lists/{id}',
      handle: (request) => {
        const batch = parseBatch(request);
        return batch.ok ? runBatch(world, batch.value) : refuse(batch.problem);
      },
    },
  ];
}

function parseBatch(request: ApiRequest): Ruled<Batch> {
  const { body } = request;
  if (!isPlainObject(body)) return { ok: false, problem: misfit('', 'object', body) };
  const members = body['members'];
  const refusal = findMisshape(members);
  if (refusal !== null) return { ok: false, problem: refusal };
  const rows: MemberDraft[] = [];
  for (const member of members as unknown[]) {
    const draft = parseMemberDraft(member, requestStatuses);
    if (!draft.ok) return draft;
    rows.push(draft.value);
  }
  const updatesExisting = body['update_existing'] === true;
  const syncsTags = body['sync_tags'] === true;
  if (syncsTags && !updatesExisting) {
    const message = 'sync_tags can only be used together with update_existing.';
    return { ok: false, problem: invalidShape('sync_tags', message) };
  }
  const skipsDuplicates = request.query.get('skip_duplicate_check') === 'true';
  const errand = apiErrand(request);
  return { ok: true, value: { rows, updatesExisting, syncsTags, skipsDuplicates, errand } };
}

function findMisshape(members: unknown): Problem | null {
  if (!Array.isArray(members)) return misfit('members', 'array', members);
  if (members.length <= batchRowsMax) return null;
  return invalidShape('members', `Array has too many items; the limit is ${batchRowsMax}.`);
}

function runBatch(world: World, batch: Batch): ApiAnswer {
  const seen = new Set<string>();
  const results = batch.rows.map((row): RowResult => {
    const hash = subscriberHash(row.email ?? '');
    const isRepeated = seen.has(hash);
    seen.add(hash);
    if (!isRepeated) return runRow(world, row, batch);
    if (batch.skipsDuplicates) return { kind: 'ignored' };
    return failed(row, 'ERROR_GENERIC', `${row.email} appears more than once in this request.`);
  });
  const created = results.flatMap((result) => (result.kind === 'created' ? [result.member] : []));
  const updated = results.flatMap((result) => (result.kind === 'updated' ? [result.member] : []));
  const errors = results.flatMap((result) => (result.kind === 'failed' ? [result.error] : []));
  const root = world.apiRoot();
  return answer({
    new_members: created.map((member) => world.views.batchRow(member)),
    updated_members: updated.map((member) => world.views.batchRow(member)),
    errors,
    total_created: created.length,
    total_updated: updated.length,
    error_count: errors.length,
    _links: plainLinks(`${root}/lists/${world.identity.audienceId}`, `${root}/lists`),
  });
}

function runRow(world: World, row: MemberDraft, batch: Batch): RowResult {
  const { email } = row;
  if (email === undefined)
    return failed(row, 'ERROR_GENERIC', 'Please provide a valid email address.');
  const holder = world.audience.findByEmail(email);
  if (holder === null) return createRow(world, { ...row, email }, batch);
  const { bulkRevivesArchived = false } = world.options;
  if (holder.status === 'archived') {
    const status = row.status ?? (bulkRevivesArchived ? row.statusIfNew : undefined);
    // A revived contact is reported as created, though it is the same contact as before.
    if (status !== undefined)
      return updateRow(world, { member: holder, kind: 'created' }, { ...row, status }, batch);
  }
  if (batch.updatesExisting)
    return updateRow(world, { member: holder, kind: 'updated' }, row, batch);
  const text = `${email} is already a list member, do you want to update? please provide update_existing:true in the request body`;
  return failed(row, 'ERROR_CONTACT_EXISTS', text);
}

function createRow(
  world: World,
  row: MemberDraft & { readonly email: string },
  batch: Batch,
): RowResult {
  const status = row.statusIfNew ?? row.status;
  if (status === undefined) {
    return failed(row, 'ERROR_GENERIC', 'Required fields were not provided: status');
  }
  const saved = world.desk.create(row, status, batch.errand);
  return saved.ok ? { kind: 'created', member: saved.value } : failedBy(row, saved.problem);
}

function updateRow(
  world: World,
  { member, kind }: { readonly member: Member; readonly kind: 'created' | 'updated' },
  row: MemberDraft,
  batch: Batch,
): RowResult {
  // The row found its member by this very address; spelling it in other case renames nobody.
  const { email, tags, ...rest } = row;
  void email;
  const changes = tags === undefined ? [] : tagChanges(world, member, tags, batch);
  const saved = world.desk.update(member, rest, batch.errand, changes);
  return saved.ok ? { kind, member: saved.value } : failedBy(row, saved.problem);
}

function tagChanges(
  world: World,
  member: Member,
  names: readonly string[],
  batch: Batch,
): readonly TagChange[] {
  const present = member.tags.map((tag) => world.audience.tagName(tag.id));
  const wanted = new Set(names.map((name) => name.trim().toLowerCase()));
  const dropped = batch.syncsTags ? present.filter((name) => !wanted.has(name.toLowerCase())) : [];
  return [
    ...dropped.map((name) => ({ name, isActive: false })),
    ...names.map((name) => ({ name, isActive: true })),
  ];
}

type ErrorCode = 'ERROR_CONTACT_EXISTS' | 'ERROR_GENERIC';

function failed(row: MemberDraft, code: ErrorCode, error: string): RowResult {
  return {
    kind: 'failed',
    error: {
      email_address: row.email ?? '',
      error,
      error_code: code,
      field: '',
      field_message: '',
    },
  };
}

function failedBy(row: MemberDraft, problem: Problem): RowResult {
  const first = problem.errors?.[0];
  return {
    kind: 'failed',
    error: {
      email_address: row.email ?? '',
      error: problem.detail,
      error_code: 'ERROR_GENERIC',
      field: first?.field ?? '',
      field_message: first?.message ?? '',
    },
  };
}
