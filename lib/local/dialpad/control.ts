/** The strings to pull at this app: people, settings, the clock; and what an onlooker wants to know. */
import { createClockRoutes } from '../simulation/clock.ts';
import { createFaultRoutes, createStatsRoutes, ok, wrong } from '../simulation/control-server.ts';
import type { ControlAnswer, ControlCall, ControlRoute } from '../simulation/control-server.ts';
import type { Faults } from '../simulation/faults.ts';
import { isPlainObject } from '../simulation/json.ts';
import { createSettingsRoutes } from '../simulation/settings.ts';
import { viewContact } from './contact-view.ts';
import { errorNames } from './errors.ts';
import type { Contact } from './model.ts';
import { createPeople, parsePersonCall } from './people.ts';
import type { PersonAction } from './people.ts';
import { seedContacts } from './seeding.ts';
import { changeSettings } from './settings.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import type { World } from './world.ts';

export interface ControlParts {
  readonly world: World;
  readonly faults: Faults;
  readonly delivery: WebhookDelivery;
}

export function createControlRoutes(parts: ControlParts): readonly ControlRoute[] {
  const { world, faults, delivery } = parts;
  const people = createPeople(world);
  const get = (template: string, handle: ControlRoute['handle']): ControlRoute => ({
    method: 'GET',
    template,
    handle,
  });
  return [
    {
      method: 'POST',
      template: '/people/{action}',
      handle: (call) => runPerson(world, people, call),
    },
    ...createFaultRoutes(faults, errorNames),
    ...createStatsRoutes(withLimits(world)),
    ...createSettingsRoutes({
      current: world.settings,
      change: changeSettings,
      keep: (settings) => world.commit({ kind: 'settings', settings }),
    }),
    ...createClockRoutes(world.clock),
    get('/contacts', ({ query }) => listContacts(world, query)),
    get('/blocked', () => ok({ blocked: world.company.blockedNumbers() })),
    get('/opt-outs', () => ok({ optOuts: world.company.optOuts() })),
    get('/deliveries', () => ok({ pending: delivery.pending() })),
    { method: 'POST', template: '/seed', handle: ({ body }) => seed(world, body) },
  ];
}

/** Limits are counted beside the answers, and shown and forgotten with them. */
function withLimits({ stats, limits }: World): World['stats'] {
  return {
    ...stats,
    report: () => ({ ...stats.report(), limits: limits.report() }),
    reset: () => {
      stats.reset();
      limits.reset();
    },
  };
}

function runPerson(
  world: World,
  people: Readonly<Record<string, PersonAction>>,
  { params, body }: ControlCall,
): ControlAnswer {
  const name = params['action'] ?? '';
  const action = Object.hasOwn(people, name) ? people[name] : undefined;
  if (action === undefined) {
    return wrong(404, `People do not ${name}; they ${Object.keys(people).join(', ')}.`);
  }
  const call = parsePersonCall(body);
  if (call === null) return wrong(400, 'The body must be a JSON object.');
  const result = action(call);
  if (result.kind === 'wrong') return wrong(result.status, result.error);
  return ok({ contact: result.contact === null ? null : show(world, result.contact) });
}

/** With what the vendor never shows. */
function show(world: World, contact: Contact): Record<string, unknown> {
  const { uid, revision } = contact;
  return { ...viewContact(contact, world.settings()), uid, revision };
}

/** `?phone=`, `?email=`, `?uid=`: only those; without, all of them. */
function listContacts(world: World, query: URLSearchParams): ControlAnswer {
  const [phone, email, uid] = [query.get('phone'), query.get('email'), query.get('uid')];
  const contacts = [...world.company.contacts()].filter(
    (contact) =>
      (phone === null || contact.lists.phones?.includes(phone) === true) &&
      (email === null || contact.lists.emails?.includes(email) === true) &&
      (uid === null || contact.uid === uid),
  );
  return ok({ contacts: contacts.map((contact) => show(world, contact)) });
}

function seed(world: World, body: unknown): ControlAnswer {
  const rows = isPlainObject(body) ? body['contacts'] : undefined;
  if (!Array.isArray(rows)) return wrong(400, 'contacts is missing; give a list to seed.');
  const ids = seedContacts(world, rows as unknown[]);
  return typeof ids === 'string' ? wrong(400, ids) : ok({ ids });
}
