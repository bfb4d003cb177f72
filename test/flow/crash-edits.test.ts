/** Edits of fields, with a crash after every port call and somebody editing again before the redelivery. */
import { explore } from '../support/flow-world/explore.ts';
import { ANN, BOB, bothShow, CID, FIRST, pairs } from '../support/flow-world/scenario-parts.ts';
import {
  editScenarios,
  lateApp,
  lateCrm,
  POLICIES,
  sharedScenario,
} from '../support/flow-world/scenarios.ts';
import type { World } from '../support/flow-world/world.ts';

const SEED = 1;

describe('an edit survives a crash after any port call', () => {
  test.each(Object.entries(editScenarios))('%s', async (_name, scenario) => {
    expect(await explore(scenario, { seed: SEED })).toEqual([]);
  });
});

describe('an edit between a crash and the redelivery is never lost', () => {
  test.each(Object.entries(editScenarios))(
    '%s, then an edit in the CRM',
    async (_name, scenario) => {
      expect(
        await explore(scenario, { seed: SEED, late: lateCrm('first_name', 'crm-late') }),
      ).toEqual([]);
    },
  );
  test.each(Object.entries(editScenarios))(
    '%s, then an edit in the app',
    async (_name, scenario) => {
      expect(await explore(scenario, { seed: SEED, late: lateApp('city', 'app-late') })).toEqual(
        [],
      );
    },
  );
});

describe.each(POLICIES)('a shared field with the policy “%s”', (policy) => {
  const allowed = policy === 'manual' ? { allowed: { parked: ['phone'] } } : {};
  test.each(['crm', 'app', 'both'] as const)('edited at: %s', async (at) => {
    expect(await explore(sharedScenario(policy, at), { seed: SEED })).toEqual([]);
  });
  test.each(['crm', 'app', 'both'] as const)('edited at: %s, then late in the CRM', async (at) => {
    const late = { ...lateCrm('phone', 'crm-late'), ...allowed };
    expect(await explore(sharedScenario(policy, at), { seed: SEED, late })).toEqual([]);
  });
  test.each(['crm', 'app', 'both'] as const)('edited at: %s, then late in the app', async (at) => {
    const late = { ...lateApp('phone', 'app-late'), ...allowed };
    expect(await explore(sharedScenario(policy, at), { seed: SEED, late })).toEqual([]);
  });
});

describe('somebody new, whose address changes hands between a crash and the redelivery', () => {
  test('is made once, and nobody gets another person’s partner', async () => {
    const scenario = {
      given: pairs(ANN, BOB),
      when: (world: World) => void world.crm.insert({ email: CID, first_name: 'Cid' }),
    };
    // In one transaction: the new row has the address of another, which has the new one's.
    const act = (world: World): void => {
      const [key] = world.table.withMatch(CID);
      if (key === undefined) return;
      const transaction = world.table.begin();
      transaction.update(key, { email: ANN });
      transaction.update(FIRST, { email: CID });
      transaction.commit();
    };
    const then = (world: World): string[] => {
      const [key] = world.table.withMatch(ANN);
      return bothShow('first_name', 'Cid', key)(world);
    };
    expect(await explore(scenario, { seed: SEED, late: { act, then } })).toEqual([]);
  });
});
