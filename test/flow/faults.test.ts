/** Every port call disturbed in turn: answers lost before and after the effect, outages, lost time, edits. */
import type { AppFault } from '../support/flow-world/app-port.ts';
import { disturbEach, type LateEdit } from '../support/flow-world/explore.ts';
import {
  consentScenarios,
  editScenarios,
  existenceScenarios,
  identityScenarios,
  lateApp,
  lateCrm,
  otherScenarios,
  POLICIES,
  rareScenarios,
  sharedScenario,
} from '../support/flow-world/scenarios.ts';
import type { World } from '../support/flow-world/world.ts';

const SEED = 1;
const STORIES = Object.entries({
  ...editScenarios,
  ...identityScenarios,
  ...existenceScenarios,
  ...consentScenarios,
  ...otherScenarios,
  ...rareScenarios,
});
const FAULTS: readonly AppFault[] = [
  'timeout-before',
  'timeout-after',
  'busy',
  'record-before',
  'record-after',
];

describe('each call to the app fails once', () => {
  test.each(STORIES)('%s', async (_name, scenario) => {
    const failures = [];
    for (const fault of FAULTS) {
      const disturb = ({ hazards, steps }: World, step: number): void => {
        hazards.appFault = () => (steps.count + 1 === step ? fault : null);
      };
      failures.push(...(await disturbEach(scenario, { seed: SEED, at: /^app/, disturb })));
    }
    expect(failures).toEqual([]);
  });
});

describe('the database is away for each call', () => {
  const disturb = ({ hazards, steps }: World, step: number): void => {
    hazards.crmDown = () => steps.count + 1 === step;
  };
  test.each(STORIES)('%s', async (_name, scenario) => {
    expect(await disturbEach(scenario, { seed: SEED, at: /^crm/, disturb })).toEqual([]);
  });
});

describe('time is up after a call', () => {
  const disturb = ({ hazards }: World, step: number): void => {
    hazards.timeIsUp = (now) => now === step;
  };
  test.each(STORIES)('%s', async (_name, scenario) => {
    expect(await disturbEach(scenario, { seed: SEED, at: /./, every: 3, disturb })).toEqual([]);
  });
});

describe('somebody edits between any two calls', () => {
  const edits: Readonly<Record<string, LateEdit>> = {
    'the same field in the CRM': lateCrm('phone', 'crm-late'),
    'another field in the app': lateApp('city', 'app-late'),
  };
  const cases = POLICIES.flatMap((policy) =>
    (['crm', 'app', 'both'] as const).flatMap((at) =>
      Object.entries(edits).map(([name, edit]) => ({ policy, at, name, edit })),
    ),
  );
  test.each(cases)('“$policy” edited at: $at, and $name', async ({ policy, at, edit }) => {
    const disturb = (world: World, step: number): void => {
      world.hazards.between = (now) => {
        if (now === step) edit.act(world);
      };
    };
    const failures = await disturbEach(sharedScenario(policy, at), {
      seed: SEED,
      at: /./,
      disturb,
      then: edit.then ?? (() => []),
      ...(policy === 'manual' ? { allowed: { parked: ['phone'] } } : {}),
    });
    expect(failures).toEqual([]);
  });
});
