/** An app that is only listed: every story with a crash after any port call, and with its time over at any of them. */
import { disturbEach, explore } from '../support/flow-world/explore.ts';
import { listedScenarios } from '../support/flow-world/listed-scenarios.ts';

describe.each(Object.entries(listedScenarios))('%s', (_name, scenario) => {
  test('also with a crash after any port call', async () => {
    expect(await explore(scenario, { seed: 1 })).toEqual([]);
  });

  test('also when time is over after any port call', async () => {
    const disturb: Parameters<typeof disturbEach>[1]['disturb'] = (world, at) => {
      world.hazards.timeIsUp = (step) => step === at;
    };
    expect(await disturbEach(scenario, { seed: 2, at: /./, disturb })).toEqual([]);
  });
});
