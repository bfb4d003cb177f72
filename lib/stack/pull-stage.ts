/** pulls.fifo → pull → every sync's lanes. One function for all syncs: the group is the sync, so they never wait for each other. */
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { alarmOnHalted, alarmOnPullSilence } from './alarms.ts';
import type { ApplyStage } from './apply-stage.ts';
import { describePull, secretNames } from './environment.ts';
import type { Foundation } from './foundation.ts';
import { mayConsume, mayKeepPlace, mayReadInbox, mayReadSecrets, maySend } from './permissions.ts';
import { arnOfSecret } from './secrets.ts';
import { timePull } from './timings.ts';
import { TrivetFunction } from './trivet-function.ts';

export interface PullStageProps {
  readonly base: Foundation;
  readonly lanes: readonly ApplyStage[];
}

export class PullStage extends Construct {
  constructor(scope: Construct, id: string, props: PullStageProps) {
    super(scope, id);
    const { base, lanes } = props;
    const { config, tables } = base;
    const pulls = base.pulls.queue;
    const secrets = secretNames(
      config,
      config.syncs.map((sync) => sync.app),
    );
    const pull = new TrivetFunction(this, 'Pull', {
      sources: base.sources,
      entry: 'pull',
      description: 'Reads what changed at both ends of a sync and routes references to lanes',
      timeout: timePull(base.timeouts).timeout,
      recursiveLoop: RecursiveLoop.ALLOW,
      placement: base.placement,
      environment: {
        ...describePull({
          scope: this,
          installation: base.installation,
          config,
          state: tables.state,
          pulls,
          brakes: base.brakes,
          lanes: Object.fromEntries(lanes.map((stage) => [stage.sync, stage.lanes.queue])),
        }),
      },
      statements: [
        mayConsume(pulls),
        maySend([pulls, ...lanes.map((stage) => stage.lanes.queue)]),
        mayKeepPlace(tables.state),
        mayReadInbox(tables.state),
        mayReadSecrets(
          [config.crm.secret, ...Object.values(secrets)].map((name) => arnOfSecret(this, name)),
        ),
      ],
    });
    pull.consume(pulls);
    const schedules = config.syncs.map((sync) => sync.scheduleMinutes);
    alarmOnPullSilence(this, pull.function, schedules);
    alarmOnHalted(this, schedules);
  }
}
