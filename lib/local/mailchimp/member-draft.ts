/** Reads a member as a request body describes it, before any rule about people applies. */
import { isIP } from 'node:net';
import { isPlainObject } from '../simulation/json.ts';
import type { RequestStatus } from './model.ts';
import { allowed, invalidShape, refused } from './problems.ts';
import type { Problem, Ruled } from './problems.ts';
import { parseTimestamp } from './timestamps.ts';

/** A missing key means "leave as it is"; nothing here is null by accident. */
export interface MemberDraft {
  email?: string;
  status?: RequestStatus;
  statusIfNew?: RequestStatus;
  mergeFields?: Readonly<Record<string, unknown>>;
  tags?: readonly string[];
  emailType?: string;
  language?: string;
  isVip?: boolean;
  ipSignup?: string;
  ipOpt?: string;
  signedUpAt?: number | null;
  optedInAt?: number | null;
}

export const requestStatuses: readonly RequestStatus[] = [
  'subscribed',
  'unsubscribed',
  'cleaned',
  'pending',
  'transactional',
];

/** PATCH does not take `transactional`. https://mailchimp.com/developer/marketing/api/list-members/update-list-member/ */
export const patchStatuses = requestStatuses.filter((status) => status !== 'transactional');

type Take = (draft: MemberDraft, value: unknown, name: string) => Problem | null;

const takers: Readonly<Record<string, Take>> = {
  email_address: takeText((draft, text) => (draft.email = text)),
  merge_fields: (draft, value, name) => {
    if (!isPlainObject(value)) return misfit(name, 'object', value);
    draft.mergeFields = value;
    return null;
  },
  tags: (draft, value, name) => {
    if (!Array.isArray(value)) return misfit(name, 'array', value);
    const wrong = (value as unknown[]).find((tag) => typeof tag !== 'string');
    if (wrong !== undefined) return misfit(`${name}.0`, 'string', wrong);
    draft.tags = value as string[];
    return null;
  },
  email_type: takeText((draft, text) => (draft.emailType = text)),
  language: takeText((draft, text) => (draft.language = text)),
  vip: (draft, value, name) => {
    if (typeof value !== 'boolean') return misfit(name, 'boolean', value);
    draft.isVip = value;
    return null;
  },
  ip_signup: takeIp((draft, ip) => (draft.ipSignup = ip)),
  ip_opt: takeIp((draft, ip) => (draft.ipOpt = ip)),
  timestamp_signup: takeTime((draft, ms) => (draft.signedUpAt = ms)),
  timestamp_opt: takeTime((draft, ms) => (draft.optedInAt = ms)),
};

/** Keys the API does not describe are ignored, as the vendor does. */
export function parseMemberDraft(
  body: unknown,
  statuses: readonly RequestStatus[],
): Ruled<MemberDraft> {
  if (!isPlainObject(body)) return refused(misfit('', 'object', body));
  const draft: MemberDraft = {};
  const all: Readonly<Record<string, Take>> = {
    ...takers,
    status: takeStatus(statuses, (into, status) => (into.status = status)),
    status_if_new: takeStatus(requestStatuses, (into, status) => (into.statusIfNew = status)),
  };
  for (const [name, take] of Object.entries(all)) {
    if (body[name] === undefined) continue;
    const problem = take(draft, body[name], name);
    if (problem !== null) return refused(problem);
  }
  return allowed(draft);
}

/** The vendor's sentence for JSON of the wrong kind. */
export function misfit(field: string, expected: string, found: unknown): Problem {
  const kind = found === null ? 'NULL' : Array.isArray(found) ? 'array' : typeof found;
  return invalidShape(field, `Schema describes ${expected}, ${kind} found instead`);
}

function takeText(put: (draft: MemberDraft, text: string) => void): Take {
  return (draft, value, name) => {
    if (typeof value !== 'string') return misfit(name, 'string', value);
    put(draft, value);
    return null;
  };
}

function takeStatus(
  statuses: readonly RequestStatus[],
  put: (draft: MemberDraft, status: RequestStatus) => void,
): Take {
  return (draft, value, name) => {
    const status = statuses.find((known) => known === value);
    if (status === undefined) {
      const list = statuses.join(', ');
      return invalidShape(name, `Data presented is not one of the accepted values: ${list}.`);
    }
    put(draft, status);
    return null;
  };
}

function takeIp(put: (draft: MemberDraft, ip: string) => void): Take {
  return (draft, value, name) => {
    if (typeof value !== 'string') return misfit(name, 'string', value);
    if (value !== '' && isIP(value) === 0) {
      return invalidShape(name, 'Please provide a valid IPv4 or IPv6 address.');
    }
    put(draft, value);
    return null;
  };
}

function takeTime(put: (draft: MemberDraft, ms: number | null) => void): Take {
  return (draft, value, name) => {
    if (typeof value !== 'string') return misfit(name, 'string', value);
    const ms = value === '' ? null : parseTimestamp(value);
    if (ms === null && value !== '') return invalidShape(name, 'Invalid date format.');
    put(draft, ms);
    return null;
  };
}
