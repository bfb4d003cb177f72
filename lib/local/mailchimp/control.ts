/**
 * `/_sim`: what happens outside the API (people, faults) and what an onlooker wants to know (statistics, all
 * members). No key is asked; the server listens on this machine only.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { faultKinds, parseFault } from './faults.ts';
import type { Faults } from './faults.ts';
import { isPlainObject } from './member-draft.ts';
import { memberStatuses } from './model.ts';
import type { SeedMember } from './options.ts';
import { parsePersonCall } from './people.ts';
import type { PersonAction } from './people.ts';
import type { Stats } from './stats.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import { jsonType, parseJson, readBody, send } from './wire.ts';
import type { World } from './world.ts';

export interface ControlParts {
  readonly world: World;
  readonly people: Readonly<Record<string, PersonAction>>;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly delivery: WebhookDelivery;
  readonly flush: () => void;
}

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

type ControlHandler = (body: unknown) => ControlAnswer;

export type ControlServer = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<void>;

/** `path` is below `/_sim`. */
export function createControlServer(parts: ControlParts): ControlServer {
  const handlers = createHandlers(parts);
  return async (request, response, path) => {
    const bytes = await readBody(request).catch(() => null);
    const parsed = bytes === null ? { isBroken: true as const } : parseJson(bytes);
    const answer =
      'isBroken' in parsed
        ? wrong(400, 'The body is not JSON; send one JSON object.')
        : attempt(() => route(parts, handlers, `${request.method} ${path}`, parsed.value));
    parts.flush();
    send(response, {
      status: answer.status,
      contentType: jsonType,
      text: JSON.stringify(answer.body),
      headers: {},
    });
  };
}

/** A bug must not leave the caller waiting. */
function attempt(run: () => ControlAnswer): ControlAnswer {
  try {
    return run();
  } catch (error) {
    return wrong(500, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function route(
  parts: ControlParts,
  handlers: Readonly<Record<string, ControlHandler>>,
  name: string,
  body: unknown,
): ControlAnswer {
  const person = /^POST \/people\/([a-z-]+)$/.exec(name)?.[1];
  if (person !== undefined) return runPerson(parts, person, body);
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (handler !== undefined) return handler(body);
  const known = ['POST /people/{action}', ...Object.keys(handlers)].join(', ');
  return wrong(404, `${name} is unknown; there is ${known}.`);
}

function runPerson(parts: ControlParts, name: string, body: unknown): ControlAnswer {
  const action = Object.hasOwn(parts.people, name) ? parts.people[name] : undefined;
  if (action === undefined) {
    const known = Object.keys(parts.people).join(', ');
    return wrong(404, `People do not ${name}; they ${known}.`);
  }
  const call = parsePersonCall(body);
  if (typeof call === 'string') return wrong(400, call);
  const result = action(call);
  if (result.kind === 'wrong') return wrong(result.status, result.error);
  const { member } = result;
  return ok(
    member === null ? { member: null } : { member: parts.world.views.member(member, false) },
  );
}

function createHandlers(parts: ControlParts): Readonly<Record<string, ControlHandler>> {
  const { faults, stats, world } = parts;
  return {
    'POST /faults': (body) => {
      const fault = parseFault(body);
      if (typeof fault === 'string') return wrong(400, fault);
      faults.add(fault);
      return ok({ faults: faults.list() });
    },
    'GET /faults': () => ok({ faults: faults.list(), kinds: faultKinds }),
    'DELETE /faults': () => ok({ cleared: faults.clear() }),
    'GET /stats': () => ok(stats.report()),
    'POST /reset-stats': () => {
      stats.reset();
      return ok(stats.report());
    },
    'GET /members': () =>
      ok({
        members: [...world.audience.members()].map((member) => world.views.member(member, false)),
      }),
    'GET /deliveries': () => ok({ pending: parts.delivery.pending() }),
    'POST /seed': (body) => seed(world, body),
  };
}

function seed(world: World, body: unknown): ControlAnswer {
  const rows = isPlainObject(body) ? body['members'] : undefined;
  if (!Array.isArray(rows))
    return wrong(400, 'members is missing; give a list of members to seed.');
  const nameless = (rows as unknown[]).findIndex(
    (row) => !isPlainObject(row) || typeof row['email_address'] !== 'string',
  );
  if (nameless >= 0) {
    return wrong(400, `members[${nameless}] has no email_address; give every member one.`);
  }
  const odd = (rows as SeedMember[]).find(
    (row) => row.status !== undefined && !memberStatuses.includes(row.status),
  );
  if (odd !== undefined) {
    const known = memberStatuses.join(', ');
    return wrong(400, `${odd.email_address} has status ${odd.status}; use one of ${known}.`);
  }
  try {
    return ok({ contactIds: world.desk.seed(rows as SeedMember[]) });
  } catch (error) {
    return wrong(400, error instanceof Error ? error.message : String(error));
  }
}

function ok(body: unknown): ControlAnswer {
  return { status: 200, body };
}

function wrong(status: number, error: string): ControlAnswer {
  return { status, body: { error } };
}
