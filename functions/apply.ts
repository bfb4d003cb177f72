/** Lambda: pages of one sync's lanes. The group is the lane; a lane succeeds or fails whole. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { requireApplyEnvironment } from '../lib/config/environment.ts';
import { applyLane } from '../lib/flow/apply-planned.ts';
import { workByGroup } from '../lib/queue/batch.ts';
import { requireLaneMessage } from '../lib/queue/parse-message.ts';
import { budgetOf, createStanding, log } from './deps.ts';

const environment = requireApplyEnvironment(process.env);
const standingOf = createStanding(environment);

export async function handler(event: SQSEvent, lambda: Context): Promise<SQSBatchResponse> {
  const answer = await workByGroup(event, log, async (records) => {
    const delivered = records.map(({ body, attributes, messageId }) => ({
      message: requireLaneMessage(body),
      receiveCount: Number(attributes.ApproximateReceiveCount),
      id: messageId,
    }));
    await applyLane(
      { ...(await standingOf(environment.sync)), budget: budgetOf(lambda) },
      delivered,
    );
  });
  log.flush();
  return answer;
}
