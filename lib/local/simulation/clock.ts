/** An app's clock: the machine's, or the test's, plus what the control interface added. */
import * as z from 'zod';
import { ok, wrong } from './control-server.ts';
import type { ControlRoute } from './control-server.ts';

export interface SimulatedClock {
  now(): number;
  offsetMs(): number;
  setOffset(offsetMs: number): void;
}

const turnSchema = z.union([
  z.strictObject({ offsetMs: z.int() }),
  z.strictObject({ advanceMs: z.int().min(0) }),
]);

export function createClockRoutes(clock: SimulatedClock): readonly ControlRoute[] {
  const show = () => ok({ now: clock.now(), offsetMs: clock.offsetMs() });
  return [
    { method: 'GET', template: '/clock', handle: show },
    {
      method: 'POST',
      template: '/clock',
      handle: ({ body }) => {
        const turn = turnSchema.safeParse(body);
        if (!turn.success) return wrong(400, 'Give offsetMs, or advanceMs of 0 or more.');
        const { data } = turn;
        clock.setOffset('offsetMs' in data ? data.offsetMs : clock.offsetMs() + data.advanceMs);
        return show();
      },
    },
  ];
}
