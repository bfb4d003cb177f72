/** Renames, creates, deletes, consent and refusals, with a crash after every port call. */
import { explore } from '../support/flow-world/explore.ts';
import { foundScenarios } from '../support/flow-world/found-scenarios.ts';
import {
  consentScenarios,
  existenceScenarios,
  identityScenarios,
  otherScenarios,
  rareScenarios,
} from '../support/flow-world/scenarios.ts';

const GROUPS = {
  'who is who': identityScenarios,
  'who is there': existenceScenarios,
  'who may be written to': consentScenarios,
  'who refuses, rewrites or is busy': otherScenarios,
  'what happens now and then': rareScenarios,
  'what the simulation found': foundScenarios,
};

describe.each(Object.entries(GROUPS))(
  '%s, with a crash after any port call',
  (_group, scenarios) => {
    test.each(Object.entries(scenarios))('%s', async (_name, scenario) => {
      expect(await explore(scenario, { seed: 1 })).toEqual([]);
    });
  },
);
