/** Headers and answers as they come, whole or broken. */
import { parseUsage } from '../../../lib/connectors/meta/usage.ts';
import { parseError, parseUpload } from '../../../lib/connectors/meta/wire.ts';

const bucket = (more: object) => ({
  type: 'custom_audience',
  call_count: 10,
  total_cputime: 20,
  total_time: 5,
  estimated_time_to_regain_access: 0,
  ...more,
});

describe('usage', () => {
  test('is the fullest meter of all buckets, and the longest wait in milliseconds', () => {
    expect(
      parseUsage({
        'x-business-use-case-usage': JSON.stringify({
          1: [bucket({}), bucket({ call_count: 101, estimated_time_to_regain_access: 19 })],
          2: [bucket({ total_time: 40 })],
        }),
        'x-ad-account-usage': JSON.stringify({
          acc_id_util_pct: 9.67,
          reset_time_duration: 30,
          ads_api_access_tier: 'standard_access',
        }),
      }),
    ).toEqual({ percent: 101, bucketWaitMs: 19 * 60_000, accountWaitMs: 30_000 });
  });

  test('can be the account’s score alone', () => {
    const header = JSON.stringify({ acc_id_util_pct: 80 });
    expect(parseUsage({ 'x-ad-account-usage': header })).toEqual({
      percent: 80,
      bucketWaitMs: null,
      accountWaitMs: null,
    });
  });

  test.each([
    {},
    { 'x-business-use-case-usage': 'no JSON' },
    { 'x-business-use-case-usage': '[]' },
  ])('is unknown with %j', (headers) => {
    expect(parseUsage(headers)).toEqual({
      percent: null,
      bucketWaitMs: null,
      accountWaitMs: null,
    });
  });
});

describe('the answer to an upload', () => {
  test.each([
    [{ 0: 'mary@example.com' }, '17'],
    [['mary@example.com'], 17],
    [undefined, undefined],
  ])('is read with samples %j and session %j, and no sample is kept', (samples, session) => {
    const body = {
      audience_id: '1',
      session_id: session,
      num_received: 2,
      num_invalid_entries: 1,
      invalid_entry_samples: samples,
    };
    const upload = parseUpload(body);
    expect(upload).toEqual({
      received: 2,
      invalid: 1,
      sessionId: session === undefined ? null : '17',
    });
    expect(JSON.stringify(upload)).not.toContain('mary');
  });

  test('is none without a count of rows', () => {
    expect(parseUpload({ success: true })).toBeNull();
    expect(parseUpload('<html>')).toBeNull();
    expect(parseError({ error: { message: 'x' } })).toBeNull();
  });
});
