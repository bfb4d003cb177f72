/** Lambda behind the HTTP API: doorbells of apps and of the CRM. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { requireWebhookEnvironment } from '../lib/config/environment.ts';
import { answerDoor } from '../lib/flow/ring.ts';
import { createDoor, log } from './deps.ts';

const doorOf = createDoor(requireWebhookEnvironment(process.env));

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = {
    method: event.requestContext.http.method,
    path: event.rawPath,
    headers: event.headers as Record<string, string>,
    // The signature is over the bytes that were sent, not over their base64.
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
  const door = await doorOf();
  const answer = await answerDoor(door, request, () => doorOf(door));
  log.flush();
  return { statusCode: answer.status, body: answer.body };
}
