/** The simulated Meta as one of the sandbox's apps: the audience that the configuration names, ready for its secret. */
import { meta } from '../../lib/connectors/meta/config.ts';
import { createReplica } from '../../lib/connectors/registry.ts';
import { startSandboxApp } from '../../lib/local/sandbox/sandbox-app.ts';
import { createOwnRates } from '../../lib/ports/rates.ts';

describe('an audience in the sandbox', () => {
  test('answers the connector with the secret it is given, is told in the JSON, and begins empty', async () => {
    const app = meta({ audience: '6123456789012', secret: 'meta' });
    const started = await startSandboxApp({
      app,
      seed: 3,
      statePath: null,
      onLog: () => undefined,
    });
    try {
      const { description, secret } = started;
      expect(description).toMatchObject({
        audienceId: '6123456789012',
        accessToken: secret['accessToken'],
        adAccountId: expect.stringMatching(/^act_\d+$/) as string,
      });
      const clock = { now: Date.now, sleep: () => Promise.resolve() };
      const replica = createReplica({
        app,
        secret,
        paths: ['EMAIL'],
        clock,
        processes: 2,
        installation: 'main',
        rates: createOwnRates(),
      });
      expect(await replica.identify({ remainingMs: () => 20_000 })).toEqual({
        kind: 'ok',
        value: { account: description['adAccountId'], object: '6123456789012' },
      });
      const answer = await fetch(`${description.control}/audiences/6123456789012`);
      expect(await answer.json()).toMatchObject({ members: [] });
      expect(await started.registerWebhook('http://127.0.0.1:9/webhooks/ads', false)).toBeNull();
    } finally {
      await started.stop();
    }
  });
});
