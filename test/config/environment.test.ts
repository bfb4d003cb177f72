import {
  requireApplyEnvironment,
  requirePullEnvironment,
  requireWebhookEnvironment,
} from '../../lib/config/environment.ts';

const pull = {
  INSTALLATION: 'main',
  STATE_TABLE: 'state',
  PULLS_QUEUE_URL: 'http://127.0.0.1/pulls.fifo',
  LANE_QUEUES: '{"contacts-news":"http://127.0.0.1/news.fifo"}',
  CRM_SECRET: 'crm/database',
  BRAKES: 'on',
  FUNCTION_DIGESTS: '{"contacts-news":"abc"}',
  APP_SECRETS: '{"news":"mailchimp/news"}',
};
const apply = { ...pull, SYNC: 'contacts-news', HISTORY_TABLE: 'history', HISTORY_DAYS: '90' };

describe("the functions' environment", () => {
  test('pull reads lanes and secrets by name', () => {
    expect(requirePullEnvironment({ ...pull, PATH: '/bin' })).toEqual({
      installation: 'main',
      stateTable: 'state',
      pullsQueueUrl: 'http://127.0.0.1/pulls.fifo',
      laneQueues: { 'contacts-news': 'http://127.0.0.1/news.fifo' },
      crmSecret: 'crm/database',
      hasDefaultBrakes: true,
      functionDigests: { 'contacts-news': 'abc' },
      appSecrets: { news: 'mailchimp/news' },
    });
  });

  test('apply knows its sync and how long history lasts', () => {
    expect(requireApplyEnvironment(apply)).toMatchObject({
      sync: 'contacts-news',
      historyTable: 'history',
      historyDays: 90,
    });
  });

  test('webhook knows what it rings and what it checks with', () => {
    const variables = { INSTALLATION: 'main', PULLS_QUEUE_URL: 'q', WEBHOOK_SECRET: 's' };
    expect(requireWebhookEnvironment(variables)).toEqual({
      installation: 'main',
      pullsQueueUrl: 'q',
      webhookSecret: 's',
    });
  });

  test('every variable that is missing or wrong is named at once', () => {
    const { STATE_TABLE: _, ...without } = pull;
    const broken = { ...without, APP_SECRETS: '["news"]', LANE_QUEUES: '{' };
    expect(() => requirePullEnvironment(broken)).toThrow(
      /pull function's environment.*STATE_TABLE.*LANE_QUEUES: is not a JSON object of texts.*APP_SECRETS: is not a JSON object of texts.*Deploy the stack again/,
    );
  });

  test.each(['', '0', '-1', '1.5', 'ninety'])('%j is no number of days', (days) => {
    expect(() => requireApplyEnvironment({ ...apply, HISTORY_DAYS: days })).toThrow('HISTORY_DAYS');
  });
});
