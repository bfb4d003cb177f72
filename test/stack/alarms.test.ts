/** No alarm without a way out: each names a heading of the runbook, and each heading has its alarm. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { CONFIG, PROJECT_ROOT, resourcesOf, synthesize } from './fixtures/synthesize.ts';

const RUNBOOK = 'lib/stack/RUNBOOK.md';

/** The second-level headings of the chapter "Alarms", as anchors. */
function alarmHeadings(): readonly string[] {
  const text = readFileSync(join(PROJECT_ROOT, RUNBOOK), 'utf8');
  const chapter = text.split(/^# /m).find((part) => part.startsWith('Alarms\n')) ?? '';
  return [...chapter.matchAll(/^## (.+)$/gm)].map((match) =>
    String(match[1]).toLowerCase().replaceAll(' ', '-'),
  );
}

describe('alarms', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  }, 60_000);
  const alarms = () => resourcesOf(template, 'AWS::CloudWatch::Alarm');

  test('there is one per dead-letter queue, one for silence, one for whoever waits for a person and one for held consent', () => {
    expect(Object.keys(alarms()).sort()).toEqual([
      'ApplycontactsnewsLanesDeadLettersAlarm',
      'ApplycontactsshopLanesDeadLettersAlarm',
      'ConsentHeldAlarm',
      'PullHaltedAlarm',
      'PullSilenceAlarm',
      'PullsDeadLettersAlarm',
    ]);
  });

  test('each ends in a heading of the runbook, and no heading is without an alarm', () => {
    const named = Object.values(alarms()).map((alarm) => {
      const text = String(alarm.Properties['AlarmDescription']);
      return text.slice(text.indexOf(`${RUNBOOK}#`) + RUNBOOK.length + 1);
    });
    expect([...new Set(named)].sort()).toEqual([...alarmHeadings()].sort());
    expect(named).not.toContain('');
  });

  test('one dead letter is enough, and an idle queue is no alarm', () => {
    expect(alarms()['PullsDeadLettersAlarm']?.Properties).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Dimensions: [
        {
          Name: 'QueueName',
          Value: { 'Fn::GetAtt': [expect.stringContaining('PullsDeadLetters'), 'QueueName'] },
        },
      ],
    });
  });

  test('a halted sync is told by the pull, at the pace of the slowest schedule', () => {
    expect(alarms()['PullHaltedAlarm']?.Properties).toMatchObject({
      Namespace: 'Trivet',
      MetricName: 'syncs.halted',
      Dimensions: [{ Name: 'service', Value: 'trivet-pull' }],
      Threshold: 1,
      Period: 900,
      TreatMissingData: 'notBreaching',
    });
  });

  test('held consent is told by whoever writes, and stands for an hour', () => {
    expect(alarms()['ConsentHeldAlarm']?.Properties).toMatchObject({
      Namespace: 'Trivet',
      MetricName: 'consent.held',
      Dimensions: [{ Name: 'service', Value: 'trivet-apply' }],
      Threshold: 1,
      Period: 3600,
      TreatMissingData: 'notBreaching',
    });
  });

  test('silence is missing data, at the pace of the fastest schedule', () => {
    expect(alarms()['PullSilenceAlarm']?.Properties).toMatchObject({
      MetricName: 'Invocations',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Period: 300,
      EvaluationPeriods: 3,
    });
    const hourly = CONFIG.syncs.map((sync) => ({ ...sync, scheduleMinutes: 60 }));
    const slow = synthesize({ config: { ...CONFIG, syncs: hourly } });
    expect(
      resourcesOf(slow, 'AWS::CloudWatch::Alarm')['PullSilenceAlarm']?.Properties,
    ).toMatchObject({
      Period: 3600,
    });
  }, 60_000);
});
