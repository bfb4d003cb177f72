/**
 * The strings to pull at this app: its settings, its clock, its throttle, what it holds against an audience; and
 * who is in an audience, which the vendor itself never shows.
 */
import * as z from 'zod';
import { createClockRoutes } from '../simulation/clock.ts';
import { createFaultRoutes, createStatsRoutes, ok, wrong } from '../simulation/control-server.ts';
import type { ControlAnswer, ControlCall, ControlRoute } from '../simulation/control-server.ts';
import type { Faults } from '../simulation/faults.ts';
import { createSettingsRoutes } from '../simulation/settings.ts';
import { operationStatus } from './audience-status.ts';
import { viewSession } from './audience-view.ts';
import { errorNames } from './errors.ts';
import type { AudienceRecord, Entry } from './model.ts';
import { changeSettings } from './settings.ts';
import { standingOf } from './world.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

export function createControlRoutes(world: World, faults: Faults): readonly ControlRoute[] {
  const route = (
    method: string,
    template: string,
    handle: ControlRoute['handle'],
  ): ControlRoute => ({ method, template, handle });
  return [
    ...createFaultRoutes(faults, errorNames),
    ...createStatsRoutes(world.stats),
    route('GET', '/audiences', () =>
      ok({ audiences: world.account.audiences().map((audience) => outline(world, audience)) }),
    ),
    route('GET', '/audiences/{id}', (call) => showAudience(world, call)),
    route('POST', '/audiences/{id}', (call) => turnAudience(world, call)),
    ...createClockRoutes(world.clock),
    ...createSettingsRoutes({
      current: world.settings,
      change: changeSettings,
      keep: (settings) => world.commit({ kind: 'settings', settings }),
    }),
    route('POST', '/throttle', ({ body }) => turnThrottle(world, body)),
    route('DELETE', '/throttle', () => {
      world.meter.force(null);
      return ok({});
    }),
  ];
}

function outline(world: World, audience: AudienceRecord): Record<string, unknown> {
  const standing = standingOf(world, audience);
  return {
    id: audience.id,
    name: audience.name,
    operation_status: operationStatus(standing).code,
    size: standing.members,
    lookalikes: audience.lookalikes,
  };
}

/** `?holds=`: only members with this identifier; without, all of them. */
function showAudience(world: World, { params, query }: ControlCall): ControlAnswer {
  const audience = world.account.audience(params['id'] ?? '');
  if (audience === null) return noAudience(world, params['id']);
  const holds = query.get('holds');
  const entries = [...world.account.book(audience.id).entries()].filter(
    ({ identifiers }) => holds === null || Object.values(identifiers).includes(holds),
  );
  const sessions = world.account.sessionsOf(audience.id);
  return ok({
    ...outline(world, audience),
    members: entries.map(showEntry),
    sessions: sessions.map((session) => viewSession(session, world.now())),
  });
}

function showEntry({ identifiers, dataProcessing }: Entry): Record<string, unknown> {
  return dataProcessing === null ? identifiers : { ...identifiers, dataProcessing };
}

function noAudience(world: World, id: string | undefined): ControlAnswer {
  const known = world.account.audiences().map((audience) => audience.id);
  return wrong(404, `There is no audience ${id}; there is ${known.join(', ')}.`);
}

const audienceSchema = z.strictObject({
  /** Null gives the status back to what was uploaded. */
  operation_status: z.int().nullable().optional(),
  lookalikes: z.int().min(0).optional(),
});

function turnAudience(world: World, { params, body }: ControlCall): ControlAnswer {
  const audience = world.account.audience(params['id'] ?? '');
  if (audience === null) return noAudience(world, params['id']);
  const turned = audienceSchema.safeParse(body);
  if (!turned.success) return wrong(400, z.prettifyError(turned.error));
  const { operation_status: forcedStatus = audience.forcedStatus } = turned.data;
  const lookalikes = turned.data.lookalikes ?? audience.lookalikes;
  const changed = { ...audience, forcedStatus, lookalikes };
  world.commit({ kind: 'audience', audience: changed });
  return ok(outline(world, changed));
}

const throttleSchema = z.strictObject({
  minutes: z.number().min(0).optional(),
  callCount: z.number().min(0).optional(),
  totalCputime: z.number().min(0).optional(),
  totalTime: z.number().min(0).optional(),
  accountPct: z.number().min(0).optional(),
});

function turnThrottle(world: World, body: unknown): ControlAnswer {
  const turned = throttleSchema.safeParse(body);
  if (!turned.success) return wrong(400, z.prettifyError(turned.error));
  const { minutes, ...floors } = turned.data;
  world.meter.force({
    ...floors,
    until: minutes === undefined ? undefined : world.now() + minutes * minuteMs,
  });
  return ok(world.meter.headers());
}
