/** A state between two invocations, which can be gone on with any number of times. */
import type { Policy } from '../../lib/engine/model.ts';
import type { SampleSyncOptions } from '../../test/support/flow-world/sample-sync.ts';
import { createWorld, type World } from '../../test/support/flow-world/world.ts';
import { plainOf, type Kept, type Plain } from './plain.ts';

export interface State extends Plain, Kept {
  /** Random ids below it may stand in the state. */
  readonly idsFrom: number;
  readonly left: Left;
  readonly trail: Trail;
}

/** What is known of a state before anybody wants to go on from it. */
export interface Sketch extends Plain {
  readonly left: Left;
  readonly trail: Trail;
  readonly keep: () => Kept;
}

/** What may still happen. */
export interface Left {
  readonly crm: number;
  readonly app: number;
  readonly crashes: number;
}

/** How it came about, the last step first. */
export type Trail = { readonly step: string; readonly before: Trail } | null;

export const stepsOf = (trail: Trail): readonly string[] =>
  trail === null ? [] : [...stepsOf(trail.before), trail.step];

export function sketch(world: World, policy: Policy, left: Left, trail: Trail): Sketch {
  const plain = plainOf(world, policy);
  const { crm, app, crashes } = left;
  return { ...plain, name: `${plain.name} ${crm} ${app} ${crashes}`, left, trail };
}

export const keepState = ({ keep, ...sketched }: Sketch): State => ({
  ...sketched,
  ...keep(),
  idsFrom: 0,
});

/** The same options each time: they are compiled once. */
const SYNCS = new Map<Policy, SampleSyncOptions>();

function syncWith(phonePolicy: Policy): SampleSyncOptions {
  const sync = SYNCS.get(phonePolicy) ?? { lanes: 1, phonePolicy };
  SYNCS.set(phonePolicy, sync);
  return sync;
}

export function wake(policy: Policy, { dump, queued, witnessed, idsFrom }: State): World {
  const world = createWorld({
    seed: 1,
    receivesMax: 100,
    // No page is cut: where it is would hang on how often a row was edited.
    pageMax: 100,
    sync: syncWith(policy),
    resumed: { ...dump, audience: structuredClone(dump.audience) },
    witnessed,
    idsFrom,
  });
  world.queues.groups.clear();
  for (const [group, messages] of queued)
    world.queues.groups.set(
      group,
      messages.map((message) => ({ ...message })),
    );
  return world;
}
