/** Lambda behind the HTTP API: doorbells of apps and of the CRM. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { requireWebhookEnvironment } from '../lib/config/environment.ts';
import { answerDoor } from '../lib/flow/ring.ts';
import { createDoor, log } from './deps.ts';
import { readEvent } from './read-event.ts';

const doorOf = createDoor(requireWebhookEnvironment(process.env));

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const door = await doorOf();
  const answer = await answerDoor(door, readEvent(event), () => doorOf(door));
  log.flush();
  return { statusCode: answer.status, body: answer.body };
}
