/**
 * An app that takes what it is sent and does not say so, while the same person edits the same field once more before
 * anybody has looked: only what was noted before the call tells the first value from an edit made at the app.
 */
import type { AppFault } from './app-port.ts';
import { deliver, ring } from './deliver.ts';
import { isDrained } from './queues.ts';
import type { Stage } from './stage.ts';
import { EDITS } from './walk-edits.ts';
import { noHazards } from './world.ts';

export interface Silence {
  turn(): Promise<void>;
}

const FIELDS = ['crm phone', 'crm phone', 'app phone', 'crm tags'] as const;
/** A round, and the lanes it may have filled. */
const DELIVERIES = 4;

export function createSilence(stage: Stage): Silence {
  const { world, chance, note } = stage;
  const edit = (name: (typeof FIELDS)[number]): void =>
    note(`${name}: ${EDITS[name]?.(stage) ?? '–'}`);
  return {
    turn: async () => {
      const name = chance.pick(FIELDS);
      edit(name);
      world.clock.advance(chance.pick([1_000, 8_000]));
      ring(world);
      const fault = chance.pick<AppFault>(['timeout-after', 'record-after']);
      note(`the app does not answer: ${fault}`);
      const appFault = (label: string): AppFault | null =>
        label.startsWith('push') ? fault : null;
      Object.assign(world.hazards, noHazards(), { appFault });
      for (let count = 0; count < DELIVERIES && !isDrained(world.queues); count += 1) {
        const waiting = [...world.queues.groups].filter(([, messages]) => messages.length > 0);
        await deliver(world, chance.pick(waiting)[0]);
      }
      Object.assign(world.hazards, noHazards());
      edit(name);
    },
  };
}
