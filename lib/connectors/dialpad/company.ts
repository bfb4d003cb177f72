/** The endpoints we use, each a call and the parsing of its answer. Above each the vendor's page. */
import type * as z from 'zod';
import type { Budget } from '../../ports/clock.ts';
import type { Failure, Retry } from '../../ports/outcome.ts';
import type { RemoteId } from '../../engine/model.ts';
import type { Call, Client, Reply, Turn } from './client.ts';
import {
  type Asked,
  halted,
  judgeAnswer,
  judgeSilence,
  toFailure,
  type Verdict,
} from './failures.ts';
import type { Needs, Pace } from './pace.ts';
import type { BlockRequest, PatchRequest, PutRequest } from './wire.generated.ts';
import type { EntryPage } from './number-list.ts';
import {
  blockedNumbersSchema,
  companySchema,
  contactSchema,
  contactsSchema,
  optOutsSchema,
  type WireCompany,
  type WireContact,
  type WireContacts,
} from './wire.ts';

export interface Ok<T> {
  readonly kind: 'ok';
  readonly value: T;
  /** When the call began: our clock. */
  readonly beganAt: number;
  /** When it was answered, by Dialpad's clock; null: it does not say. */
  readonly vendorAt?: number | null;
}

/** A 5xx, no answer, a broken connection: Dialpad as a whole, or this one contact; whoever knows of others decides. */
export interface Troubled {
  readonly kind: 'troubled';
  readonly retry: Retry;
}

export type Result<T> = Ok<T> | Verdict | Troubled;

export type OptOutState = 'opted_out' | 'opted_back_in';

export interface Company {
  readonly id: string;
  /** A piece of work, and how many calls it is going to make. */
  turn(budget: Budget, needs: Needs): Turn;
  page(cursor: string | null, turn: Turn): Promise<Result<WireContacts>>;
  contact(id: RemoteId, turn: Turn): Promise<Result<WireContact>>;
  /** Null: it was done, and the answer does not show the contact. */
  put(body: PutRequest, turn: Turn): Promise<Result<WireContact | null>>;
  patch(id: RemoteId, body: PatchRequest, turn: Turn): Promise<Result<WireContact | null>>;
  remove(id: RemoteId, turn: Turn): Promise<Result<null>>;
  /** Numbers blocked via the API. */
  blockedPage(cursor: string | null, turn: Turn): Promise<Result<EntryPage>>;
  /** Whoever blocked it. */
  isBlocked(number: string, turn: Turn): Promise<Result<boolean>>;
  /** Blocked twice is blocked once, and so with taking out. */
  setBlocked(numbers: readonly string[], isBlocked: boolean, turn: Turn): Promise<Result<null>>;
  /** Each number with the time of its answer, epoch ms; 0: not said. */
  optOutPage(state: OptOutState, cursor: string | null, turn: Turn): Promise<Result<EntryPage>>;
  /** Whose key it is. */
  about(turn: Turn): Promise<Result<WireCompany>>;
  /** Null: the key is good for this company, so what is missing is missing. */
  whyMissing(turn: Turn): Promise<Failure | null>;
  /** For the endpoints of webhooks. */
  ask<T>(call: Call, asked: Asked, schema: z.ZodType<T>, turn: Turn): Promise<Result<T>>;
}

const BLOCKED = '/blockednumbers';

const READ: Asked = { kind: 'read' };
const WRITE: Asked = { kind: 'write' };

/** Ids of contacts that were made with a uid have colons in them. */
const pathOf = (id: RemoteId): string => `/contacts/${encodeURIComponent(id)}`;

type Send = <T>(
  call: Call,
  asked: Asked,
  read: (body: unknown) => T | undefined,
  turn: Turn,
) => Promise<Result<T>>;

export function createCompany(client: Client, pace: Pace, id: string): Company {
  const send: Send = async (call, asked, read, turn) => {
    const reply = await client.call(call, turn);
    if (reply.kind === 'silence' || reply.status < 200 || reply.status > 299)
      return judgeReply(reply, asked);
    const value = reply.isPage ? undefined : read(reply.body);
    return value === undefined
      ? judgeReply({ ...reply, status: 502, body: 'the answer cannot be read' }, asked)
      : { kind: 'ok', value, beganAt: reply.beganAt, vendorAt: reply.vendorAt };
  };
  const company: Company = {
    id,
    turn: (budget, needs) => ({ budget, ration: pace.open(budget, needs) }),
    // https://developers.dialpad.com/reference/contactslist — no `limit`: above 100 it is refused at random.
    page: (cursor, turn) => {
      const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const asked = { kind: 'page', hasCursor: cursor !== null } as const;
      return send({ method: 'GET', path: `/contacts${query}` }, asked, parse(contactsSchema), turn);
    },
    // https://developers.dialpad.com/reference/contactsget
    contact: (contact, turn) =>
      send({ method: 'GET', path: pathOf(contact) }, READ, parse(contactSchema), turn),
    // https://developers.dialpad.com/reference/contactscreate_with_uid — never POST, which makes another each time.
    put: (body, turn) =>
      send({ method: 'PUT', path: '/contacts', body, limit: 'creates' }, WRITE, shown, turn),
    // https://developers.dialpad.com/reference/contactsupdate
    patch: (contact, body, turn) =>
      send({ method: 'PATCH', path: pathOf(contact), body }, WRITE, shown, turn),
    // https://developers.dialpad.com/reference/contactsdelete
    remove: (contact, turn) =>
      send({ method: 'DELETE', path: pathOf(contact) }, WRITE, () => null, turn),
    ...numberCalls(send, id),
    // https://developers.dialpad.com/reference/companyget
    about: (turn) => send({ method: 'GET', path: '/company' }, READ, parse(companySchema), turn),
    whyMissing: async (turn) => {
      const answer = await company.about(turn);
      if (answer.kind !== 'ok') return failureOf(answer);
      return answer.value.id === id ? null : halted(otherCompany(id, answer.value.id));
    },
    ask: (call, asked, schema, turn) => send(call, asked, parse(schema), turn),
  };
  return company;
}

/** What is kept by number, beside the contacts. */
function numberCalls(
  send: Send,
  id: string,
): Pick<Company, 'blockedPage' | 'isBlocked' | 'setBlocked' | 'optOutPage'> {
  return {
    // https://developers.dialpad.com/reference/blockednumberslist
    blockedPage: (cursor, turn) => {
      const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const asked = { kind: 'page', hasCursor: cursor !== null } as const;
      return send({ method: 'GET', path: `${BLOCKED}${query}` }, asked, readBlocked, turn);
    },
    // https://developers.dialpad.com/reference/blockednumbersget
    isBlocked: async (number, turn) => {
      const path = `${BLOCKED}/${encodeURIComponent(number)}`;
      const answer = await send({ method: 'GET', path }, READ, () => true, turn);
      return answer.kind === 'missing' ? { kind: 'ok', value: false, beganAt: 0 } : answer;
    },
    // https://developers.dialpad.com/reference/blockednumbersadd and blockednumbersremove
    setBlocked: (numbers, isBlocked, turn) => {
      const path = `${BLOCKED}/${isBlocked ? 'add' : 'remove'}`;
      const body: BlockRequest = { numbers: [...numbers] };
      return send({ method: 'POST', path, body }, WRITE, () => null, turn);
    },
    // https://developers.dialpad.com/reference/companysms_opt_out
    optOutPage: (state, cursor, turn) => {
      const next = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/company/${id}/smsoptout?opt_out_state=${state}${next}`;
      const asked = { kind: 'page', hasCursor: cursor !== null } as const;
      const call = { method: 'GET', path, limit: 'optOuts' } as const;
      return send(call, asked, readOptOuts(state), turn);
    },
  };
}

function judgeReply(reply: Reply, asked: Asked): Verdict | Troubled {
  const verdict = reply.kind === 'silence' ? judgeSilence(reply, asked) : judgeAnswer(reply, asked);
  const isTrouble =
    reply.kind === 'silence'
      ? reply.cause === 'timeout' || reply.cause === 'reset'
      : reply.status >= 500 || reply.status === 408;
  return isTrouble && verdict.kind === 'retry' ? { kind: 'troubled', retry: verdict } : verdict;
}

/** A result where only failing is possible. */
export const failureOf = (result: Verdict | Troubled): Failure =>
  result.kind === 'troubled' ? result.retry : toFailure(result);

const parse =
  <T>(schema: z.ZodType<T>) =>
  (body: unknown): T | undefined => {
    const parsed = schema.safeParse(body);
    return parsed.success ? parsed.data : undefined;
  };

function readBlocked(body: unknown): EntryPage | undefined {
  const page = parse(blockedNumbersSchema)(body);
  if (page === undefined) return undefined;
  return { entries: page.items.map(({ number }) => ({ number, value: 0 })), cursor: page.cursor };
}

const readOptOuts =
  (state: OptOutState) =>
  (body: unknown): EntryPage | undefined => {
    const page = parse(optOutsSchema)(body);
    if (page === undefined) return undefined;
    const ofState = page.items.filter((item) => item.opt_out_state === state);
    return {
      entries: ofState.map((item) => ({ number: item.external_endpoint, value: item.date ?? 0 })),
      cursor: page.cursor,
    };
  };

/** A write that took effect is no failure because its answer is poor. */
const shown = (body: unknown): WireContact | null => parse(contactSchema)(body) ?? null;

/** With another company's key every contact would look deleted. */
export const otherCompany = (wanted: string, found: string): string =>
  `The API key belongs to the Dialpad company ${found}, and the configuration names ${wanted}. ` +
  'Put the right key into the secret, or correct the company; the sync then goes on by itself.';
