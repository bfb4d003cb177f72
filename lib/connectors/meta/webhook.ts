/** Webhooks: Meta sends none about the members of an audience, so whatever comes is not from there. */
import type { VerifyWebhook } from '../../ports/app.ts';

export const verifyWebhook: VerifyWebhook = () => ({
  kind: 'refused',
  status: 404,
  reason: 'Meta sends no webhooks about custom audiences',
});
