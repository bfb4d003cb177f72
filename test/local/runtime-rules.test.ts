import { readBatchAnswer } from '../../lib/local/runtime/batch-answer.ts';
import { createMetrics } from '../../lib/local/runtime/metrics.ts';
import { fillContext, parseRateMs } from '../../lib/local/runtime/rate-expression.ts';
import { startSchedule } from '../../lib/local/runtime/schedules.ts';
import { generateSecretString } from '../../lib/local/runtime/secrets.ts';
import type { SqsClient } from '../../lib/local/runtime/sqs-client.ts';

describe('a rate', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
    ['rate(0 minutes)', undefined],
    ['cron(0 12 * * ? *)', undefined],
    ['every 5 min', undefined],
  ])('%s is %j ms', (expression, expected) => {
    expect(parseRateMs(expression)).toBe(expected);
  });

  test('puts its attributes into the input, the time to the second', () => {
    const scheduledAt = new Date('2026-03-04T05:06:07.890Z');
    const input = '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}';
    expect(fillContext(input, { scheduleArn: 'arn', scheduledAt, executionId: 'x' })).toBe(
      '{"at":"2026-03-04T05:06:07Z","by":"arn"}',
    );
  });
});

describe('a schedule', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  const dayMs = 86_400_000;
  test.each([
    ['minute', 60_000, 10 * 60_000, 11],
    // Longer than Node can count in one timer, which then would not wait at all.
    ['month', 30 * dayMs, 91 * dayMs, 4],
  ])('of one %s rings at once and then at its rate', async (_, everyMs, forMs, rings) => {
    jest.useFakeTimers();
    const sent: string[] = [];
    const sqs = { send: async (url: string) => void sent.push(url) } as unknown as SqsClient;
    const about = { place: '', logicalId: 'S', path: '', arn: 'arn', queueName: 'q', input: '{}' };
    const spec = { ...about, everyMs, isEnabled: true, groupId: undefined };
    const schedule = startSchedule(spec, 'url', { sqs, log: () => undefined, everyMs: undefined });
    await jest.advanceTimersByTimeAsync(forMs);
    await schedule.stop();
    await jest.advanceTimersByTimeAsync(forMs);
    expect(sent).toHaveLength(rings);
  });
});

describe('the answer to a batch', () => {
  const read = (payload: unknown): string[] | undefined => {
    const failed = readBatchAnswer(payload, ['a', 'b']);
    return failed && [...failed];
  };

  test.each([
    [null, []],
    [undefined, []],
    ['', []],
    [{}, []],
    [{ batchItemFailures: null }, []],
    [{ batchItemFailures: [] }, []],
    [{ batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
  ])('%j fails %j', (payload, expected) => {
    expect(read(payload)).toEqual(expected);
  });

  test.each([
    ['a text'],
    [{ batchItemFailures: 'b' }],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }],
    [{ batchItemFailures: [{ itemIdentifier: 'c' }] }],
    [{ batchItemFailures: [{ id: 'b' }] }],
    [{ batchItemFailures: [null] }],
  ])('%j cannot be understood, so the whole batch fails', (payload) => {
    expect(read(payload)).toBeUndefined();
  });
});

describe('metrics', () => {
  const embed = (name: string, value: unknown): string =>
    JSON.stringify({
      _aws: { Timestamp: 0, CloudWatchMetrics: [{ Namespace: 'T', Metrics: [{ Name: name }] }] },
      [name]: value,
    });

  test('are summed over lines and over the values of one line', () => {
    const metrics = createMetrics();
    expect(metrics.take(embed('applied', 2))).toBe(true);
    expect(metrics.take(embed('applied', [3, 4]))).toBe(true);
    expect(metrics.take(embed('failed', 1))).toBe(true);
    expect(metrics.sums()).toEqual({ T: { applied: 9, failed: 1 } });
  });

  test.each(['plain', '{"level":"INFO"}', '{"_aws" broken', '{"text":"\\"_aws\\""}'])(
    'are not in the line %s',
    (line) => {
      expect(createMetrics().take(line)).toBe(false);
    },
  );
});

describe('a generated secret', () => {
  const firstAlways = (): number => 0;
  const lastAlways = (bound: number): number => bound - 1;

  test('has the length and the characters asked for', () => {
    const options = { PasswordLength: 5, ExcludePunctuation: true, ExcludeCharacters: '9' };
    expect(generateSecretString(options, firstAlways)).toBe('aaaaa');
    expect(generateSecretString(options, lastAlways)).toBe('88888');
    expect(generateSecretString({}, firstAlways)).toHaveLength(32);
  });

  test('stands in its template', () => {
    const options = {
      PasswordLength: 2,
      SecretStringTemplate: '{"user":"u"}',
      GenerateStringKey: 'password',
    };
    expect(JSON.parse(generateSecretString(options, firstAlways))).toEqual({
      user: 'u',
      password: 'aa',
    });
  });
});
