/** Bad weather by chance: some of it at a time, and each for a while. */
import { QueueUnavailable } from '../../../lib/ports/messages.ts';
import { StateUnavailable } from '../../../lib/ports/state.ts';
import type { AppFault } from './app-port.ts';
import type { Chance } from './chance.ts';
import { readHealth } from './memory-state.ts';
import { fineWeather, landDue, type Side } from './weather.ts';
import type { World } from './world.ts';

export interface Storms {
  /** Now and then begins one, and now and then ends them all. */
  turn(): void;
  /** Fine from now on, and the app has had the rest it asked for. What was given up is still under way. */
  clear(): void;
}

const PUSH = /^push /;

export function createStorms(
  world: World,
  { chance, note }: { readonly chance: Chance; readonly note: (text: string) => void },
): Storms {
  const { weather, clock } = world;
  const calm = (): void => {
    const { late: _late, landed: _landed, made: _made, ...fine } = fineWeather();
    Object.assign(weather, fine);
  };
  const begin: Readonly<Record<string, () => string>> = {
    'the app asks for rest': () => {
      const until = clock.now() + chance.pick([1_000, 15_000, 90_000]);
      weather.retryAfterMs = chance.pick([null, 1_000, 30_000, 200_000]);
      weather.appFault = () => (clock.now() < until ? 'busy' : null);
      return `until ${until}, and says ${weather.retryAfterMs}`;
    },
    'calls land late': () => {
      const some = 1 + chance.below(3);
      weather.lateMs = () => chance.pick([200, 3_000, 9_000, 60_000]);
      weather.appFault = countedDown(some, (label): AppFault | null =>
        PUSH.test(label) ? 'late' : null,
      );
      return `the next ${some}`;
    },
    'the state table is throttled': () => {
      const some = 1 + chance.below(4);
      const every = 1 + chance.below(12);
      weather.stateFault = countedDown(some, sideOfEvery(every, chance));
      return `${some} times, one call of ${every}`;
    },
    'the queues refuse': () => {
      const some = 1 + chance.below(3);
      weather.queueFault = countedDown(some, sideOfEvery(2, chance));
      return `${some} times`;
    },
  };
  return {
    turn: () => {
      if (chance.isTrue(0.3)) calm();
      const [name, act] = chance.pick(Object.entries(begin));
      note(`${name}: ${act()}`);
    },
    clear: () => {
      calm();
      const { cooling } = readHealth(world.memory);
      if (cooling !== null) clock.advance(Math.max(0, cooling.until - clock.now()));
    },
  };
}

/** What goes wrong goes wrong so often, and no more. */
function countedDown<T>(times: number, faultOf: (label: string) => T | null) {
  let left = times;
  return (label: string): T | null => {
    const fault = left > 0 ? faultOf(label) : null;
    if (fault !== null) left -= 1;
    return fault;
  };
}

const sideOfEvery =
  (every: number, chance: Chance) =>
  (_label: string): Side | null =>
    chance.below(every) === 0 ? chance.pick(['before', 'after']) : null;

/** Whatever is still under way lands, at its time. */
export function landAll({ weather, clock }: World): void {
  const last = Math.max(clock.now(), ...weather.late.map(({ at }) => at));
  clock.advance(last - clock.now());
  landDue(weather, clock.now());
}

/** Two holders of the pulls tell each other so; a slice without time says that it did not move. */
const EXPECTED = /another pull of|does not move/;

/** What a handler may throw on such days: its message goes back. */
export function forgive({ errors }: World): void {
  const isExpected = (error: unknown): boolean =>
    error instanceof StateUnavailable ||
    error instanceof QueueUnavailable ||
    EXPECTED.test(String(error));
  const left = errors.filter((error) => !isExpected(error));
  errors.splice(0, errors.length, ...left);
}
