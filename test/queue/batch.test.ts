/** A batch of several groups: what goes back, and what is worked side by side. */
import type { SQSEvent } from 'aws-lambda';
import type { Log } from '../../lib/ports/log.ts';
import { workByGroup } from '../../lib/queue/batch.ts';

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  count: () => undefined,
};

const batchOf = (...messages: [group: string, receives: number][]): SQSEvent =>
  ({
    Records: messages.map(([group, receives], index) => ({
      messageId: `${group}${index}`,
      attributes: { MessageGroupId: group, ApproximateReceiveCount: String(receives) },
    })),
  }) as unknown as SQSEvent;

/** The most groups that were in work at one time. */
async function mostAtOnce(event: SQSEvent): Promise<number> {
  let [now, most] = [0, 0];
  await workByGroup(event, silent, async () => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => void setImmediate(resolve));
    now -= 1;
  });
  return most;
}

test('groups are worked side by side on their first delivery', async () => {
  expect(await mostAtOnce(batchOf(['a', 1], ['b', 1], ['a', 1]))).toBe(2);
});

test('one after the other when something in the batch came back: only one of them can end the process', async () => {
  expect(await mostAtOnce(batchOf(['a', 1], ['b', 2], ['c', 1]))).toBe(1);
});

test.each([1, 2])(
  'all messages of a group that failed go back, and no others (delivery %i)',
  async (receives) => {
    const event = batchOf(['a', receives], ['b', receives], ['a', receives]);
    const { batchItemFailures } = await workByGroup(event, silent, (_, group) =>
      group === 'a' ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'a0' }, { itemIdentifier: 'a2' }]);
  },
);
