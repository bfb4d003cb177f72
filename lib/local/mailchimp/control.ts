/** The strings to pull at this app: people, what an onlooker wants to know, members put in place. */
import { createFaultRoutes, createStatsRoutes, ok, wrong } from '../simulation/control-server.ts';
import type { ControlAnswer, ControlRoute } from '../simulation/control-server.ts';
import type { Faults } from '../simulation/faults.ts';
import { isPlainObject } from '../simulation/json.ts';
import type { Stats } from '../simulation/stats.ts';
import { memberStatuses } from './model.ts';
import type { SeedMember } from './options.ts';
import { createPeople, parsePersonCall } from './people.ts';
import type { PersonAction } from './people.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import type { World } from './world.ts';

export interface ControlParts {
  readonly world: World;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly delivery: WebhookDelivery;
}

export function createControlRoutes(parts: ControlParts): readonly ControlRoute[] {
  const { world, faults, stats, delivery } = parts;
  const people = createPeople(world.audience, world.desk);
  return [
    {
      method: 'POST',
      template: '/people/{action}',
      handle: ({ params, body }) => runPerson(world, people, params['action'] ?? '', body),
    },
    ...createFaultRoutes(faults),
    ...createStatsRoutes(stats),
    {
      method: 'GET',
      template: '/members',
      handle: () =>
        ok({
          members: [...world.audience.members()].map((member) => world.views.member(member, false)),
        }),
    },
    {
      method: 'GET',
      template: '/deliveries',
      handle: () => ok({ pending: delivery.pending() }),
    },
    { method: 'POST', template: '/seed', handle: ({ body }) => seed(world, body) },
  ];
}

function runPerson(
  world: World,
  people: Readonly<Record<string, PersonAction>>,
  name: string,
  body: unknown,
): ControlAnswer {
  const action = Object.hasOwn(people, name) ? people[name] : undefined;
  if (action === undefined) {
    const known = Object.keys(people).join(', ');
    return wrong(404, `People do not ${name}; they ${known}.`);
  }
  const call = parsePersonCall(body);
  if (typeof call === 'string') return wrong(400, call);
  const result = action(call);
  if (result.kind === 'wrong') return wrong(result.status, result.error);
  const { member } = result;
  return ok(member === null ? { member: null } : { member: world.views.member(member, false) });
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
