/** Lambda: rounds of syncs. The group is the sync, so rounds of one sync never overlap. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { requirePullEnvironment } from '../lib/config/environment.ts';
import { pullSync } from '../lib/flow/pull.ts';
import { workByGroup } from '../lib/queue/batch.ts';
import { requirePullMessage } from '../lib/queue/parse-message.ts';
import { budgetOf, createStanding, log } from './deps.ts';

const standingOf = createStanding(requirePullEnvironment(process.env));

export async function handler(event: SQSEvent, lambda: Context): Promise<SQSBatchResponse> {
  const answer = await workByGroup(event, log, async (records, sync) => {
    const bells = records.map(({ body, attributes }) => ({
      message: requirePullMessage(body),
      sentAt: Number(attributes.SentTimestamp),
    }));
    await pullSync({ ...(await standingOf(sync)), budget: budgetOf(lambda) }, bells);
  });
  log.flush();
  return answer;
}
