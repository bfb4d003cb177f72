/**
 * The endpoints of one audience, each with its page in Mailchimp's reference. Answers are parsed or
 * judged here, so that everything above deals in values.
 */
import type * as z from 'zod';
import type { Budget } from '../../ports/clock.ts';
import type { Failure } from '../../ports/outcome.ts';
import type { Call, Client } from './client.ts';
import { type Context, judgeAnswer, judgeSilence, toFailure, type Verdict } from './failures.ts';
import type {
  BatchRequest,
  CreateRequest,
  MergeFieldBody,
  PatchRequest,
  PutRequest,
  WebhookRequest,
} from './wire.generated.ts';
import * as wire from './wire.ts';

export interface Ok<T> {
  readonly kind: 'ok';
  readonly value: T;
  readonly beganAt: number;
  readonly vendorBeganAt: number | null;
}

export type Result<T> = Ok<T> | Verdict;

/** One page of members by time of change. Times are whole epoch seconds, as Mailchimp keeps them. */
export interface PageRequest {
  readonly since: number | null;
  readonly offset: number;
  readonly count: number;
  readonly direction: 'ASC' | 'DESC';
  readonly isArchived: boolean;
  readonly fields: string;
}

export interface Audience {
  readonly id: string;
  members(page: PageRequest, budget: Budget): Promise<Result<wire.WireMembers>>;
  member(hash: string, budget: Budget): Promise<Result<wire.WireMember>>;
  memberTags(hash: string, budget: Budget): Promise<Result<readonly string[]>>;
  mergeFields(budget: Budget): Promise<Result<readonly wire.WireMergeField[]>>;
  addMergeField(body: MergeFieldBody, budget: Budget): Promise<Result<unknown>>;
  batch(body: BatchRequest, budget: Budget): Promise<Result<wire.WireBatch>>;
  create(body: CreateRequest, budget: Budget): Promise<Result<wire.WireMember>>;
  put(hash: string, body: PutRequest, budget: Budget): Promise<Result<wire.WireMember>>;
  patch(hash: string, body: PatchRequest, budget: Budget): Promise<Result<wire.WireMember>>;
  archive(hash: string, budget: Budget): Promise<Result<unknown>>;
  erase(hash: string, budget: Budget): Promise<Result<unknown>>;
  setTags(hash: string, change: TagChange, budget: Budget): Promise<Result<unknown>>;
  webhooks(budget: Budget): Promise<Result<readonly wire.WireWebhook[]>>;
  addWebhook(body: WebhookRequest, budget: Budget): Promise<Result<wire.WireWebhook>>;
  removeWebhook(id: string, budget: Budget): Promise<Result<unknown>>;
  /** Null when the audience is there; otherwise why nothing can be said about its members. */
  whyMissing(budget: Budget): Promise<Failure | null>;
}

export interface TagChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly startsAutomations: boolean;
}

/** Required merge fields are a rule for sign-up forms; a sync carries what there is. */
const LENIENT = { skip_merge_validation: 'true' };

export function createAudience(client: Client, id: string): Audience {
  const list = `/lists/${encodeURIComponent(id)}`;
  const paths: Paths = { list, member: (hash) => `${list}/members/${encodeURIComponent(hash)}` };
  const ask = createAsker(client);
  return { id, ...createReads(ask, paths, id), ...createWrites(ask, paths) };
}

interface Paths {
  readonly list: string;
  readonly member: (hash: string) => string;
}

type Reads = Pick<
  Audience,
  'members' | 'member' | 'memberTags' | 'mergeFields' | 'webhooks' | 'whyMissing'
>;

function createReads(ask: Ask, { list, member: memberAt }: Paths, id: string): Reads {
  return {
    // https://mailchimp.com/developer/marketing/api/list-members/list-members-info/
    members: (page, budget) =>
      ask({ ...read(`${list}/members`), query: pageQuery(page) }, wire.membersSchema, [], budget),
    // https://mailchimp.com/developer/marketing/api/list-members/get-member-info/
    member: (hash, budget) => ask(read(memberAt(hash)), wire.memberSchema, [], budget),
    // https://mailchimp.com/developer/marketing/api/list-member-tags/list-member-tags/
    memberTags: async (hash, budget) => {
      const call = { ...read(`${memberAt(hash)}/tags`), query: { count: '1000' } };
      return mapOk(await ask(call, wire.memberTagsSchema, [], budget), ({ tags }) =>
        tags.map(({ name }) => name),
      );
    },
    // https://mailchimp.com/developer/marketing/api/list-merges/list-merge-fields/
    mergeFields: async (budget) => {
      const call = { ...read(`${list}/merge-fields`), query: { count: '1000' } };
      const answer = await ask(call, wire.mergeFieldsSchema, [], budget);
      return mapOk(answer, ({ merge_fields: fields }) => fields);
    },
    // https://mailchimp.com/developer/marketing/api/list-webhooks/list-webhooks/
    webhooks: async (budget) => {
      const answer = await ask(read(`${list}/webhooks`), wire.webhooksSchema, [], budget);
      return mapOk(answer, ({ webhooks }) => webhooks);
    },
    // https://mailchimp.com/developer/marketing/api/lists/get-list-info/
    whyMissing: async (budget) => {
      const call = { ...read(list), query: { fields: 'id' } };
      const answer = await ask(call, wire.listSchema, [], budget);
      return answer.kind === 'ok' ? null : toFailure(answer, id);
    },
  };
}

function createWrites(
  ask: Ask,
  { list, member: memberAt }: Paths,
): Omit<Audience, 'id' | keyof Reads> {
  return {
    // https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
    // An update that is sent twice reports a duplicate it made the first time as updated: not repeatable.
    batch: (body, budget) => {
      const repeatable = body.update_existing !== true;
      const call = { ...write('POST', list, body), query: LENIENT, repeatable };
      return ask(call, wire.batchSchema, [], budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-members/add-member-to-list/
    create: (body, budget) => {
      const call = { ...write('POST', `${list}/members`, body), query: LENIENT };
      return ask(call, wire.memberSchema, pathsOf(body), budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-members/add-or-update-list-member/
    put: (hash, body, budget) => {
      const call = { ...write('PUT', memberAt(hash), body), query: LENIENT };
      return ask(call, wire.memberSchema, pathsOf(body), budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-members/update-list-member/
    patch: (hash, body, budget) => {
      const call = { ...write('PATCH', memberAt(hash), body), query: LENIENT };
      return ask(call, wire.memberSchema, pathsOf(body), budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-members/archive-list-member/
    archive: (hash, budget) => ask(write('DELETE', memberAt(hash)), wire.emptySchema, [], budget),
    // https://mailchimp.com/developer/marketing/api/list-members/delete-list-member/
    erase: (hash, budget) => {
      const call = write('POST', `${memberAt(hash)}/actions/delete-permanent`);
      return ask(call, wire.emptySchema, [], budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-merges/add-merge-field/
    // Sent again it would be refused, for its tag is there.
    addMergeField: (body, budget) => {
      const call = { ...write('POST', `${list}/merge-fields`, body), repeatable: false };
      return ask(call, wire.emptySchema, [], budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-member-tags/add-or-remove-member-tags/
    setTags: (hash, change, budget) => {
      const call = write('POST', `${memberAt(hash)}/tags`, tagsBody(change));
      return ask(call, wire.emptySchema, ['tags'], budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-webhooks/add-webhook/
    // Its secret is shown in this answer alone: sent again, it would be refused as there already.
    addWebhook: (body, budget) => {
      const call = { ...write('POST', `${list}/webhooks`, body), repeatable: false };
      return ask(call, wire.webhookSchema, ['url'], budget);
    },
    // https://mailchimp.com/developer/marketing/api/list-webhooks/delete-webhook/
    removeWebhook: (hook, budget) => {
      const call = write('DELETE', `${list}/webhooks/${encodeURIComponent(hook)}`);
      return ask(call, wire.emptySchema, [], budget);
    },
  };
}

type Ask = <S extends z.ZodType>(
  call: Call,
  schema: S,
  sent: readonly string[],
  budget: Budget,
) => Promise<Result<z.output<S>>>;

function createAsker(client: Client): Ask {
  return async (call, schema, sent, budget) => {
    const context: Context = { isWrite: call.method !== 'GET', sent };
    const reply = await client.call(call, budget);
    if (reply.kind === 'silence') return judgeSilence(reply, context);
    if (reply.status < 200 || reply.status > 299) return judgeAnswer(reply, context);
    const parsed = schema.safeParse(reply.body);
    if (!parsed.success) return unreadable(context);
    const { beganAt, vendorBeganAt } = reply;
    return { kind: 'ok', value: parsed.data, beganAt, vendorBeganAt };
  };
}

/** A 200 that is not Mailchimp's: a proxy's page, or an API we do not know. */
function unreadable(context: Context): Failure {
  return {
    kind: 'retry',
    scope: 'app',
    afterMs: null,
    reason: 'Mailchimp sent an answer that does not have the documented form.',
    ambiguous: context.isWrite,
  };
}

const read = (path: string): Call => ({ method: 'GET', path, repeatable: true });

const write = (method: Call['method'], path: string, body?: unknown): Call => ({
  method,
  path,
  repeatable: true,
  ...(body === undefined ? {} : { body }),
});

function pageQuery(page: PageRequest): Record<string, string> {
  return {
    sort_field: 'last_changed',
    sort_dir: page.direction,
    count: String(page.count),
    offset: String(page.offset),
    fields: `${page.fields},total_items`,
    ...(page.since === null ? {} : { since_last_changed: toIsoSecond(page.since) }),
    ...(page.isArchived ? { status: 'archived' } : {}),
  };
}

/** The form Mailchimp documents: 2015-10-21T15:41:36+00:00. */
function toIsoSecond(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, 19)}+00:00`;
}

function tagsBody(change: TagChange): unknown {
  return {
    tags: [
      ...change.add.map((name) => ({ name, status: 'active' })),
      ...change.remove.map((name) => ({ name, status: 'inactive' })),
    ],
    is_syncing: !change.startsAutomations,
  };
}

/** The app paths a body carries, which are what a refusal can blame. */
function pathsOf(body: PatchRequest | PutRequest | CreateRequest): readonly string[] {
  const { merge_fields: merge, ...rest } = body;
  return [...Object.keys(rest), ...Object.keys(merge ?? {}).map((tag) => `merge_fields.${tag}`)];
}

function mapOk<T, U>(result: Result<T>, map: (value: T) => U): Result<U> {
  return result.kind === 'ok' ? { ...result, value: map(result.value) } : result;
}
