import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSimulatedMailchimp } from '../../lib/local/sandbox/simulated-mailchimp.ts';

describe('the webhook of the sandbox', () => {
  test('is replaced when its secret was lost with the start that had made it, and kept otherwise', async () => {
    const server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/news`;
    const mailchimp = await startSimulatedMailchimp({ seed: 1 }, () => undefined);
    try {
      const first = await mailchimp.registerWebhook(url, false);
      const kept = await mailchimp.registerWebhook(url, true);
      const second = await mailchimp.registerWebhook(url, false);
      expect(kept).toBeNull();
      expect([first, second].every((secret) => (secret?.length ?? 0) > 20)).toBe(true);
      expect(second).not.toBe(first);
    } finally {
      await mailchimp.stop();
      server.close();
    }
  });
});
