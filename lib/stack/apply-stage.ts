/** <sync>.fifo → apply → both ends and the shadow. A function per sync, so that its secret, its time-out and its trouble are its own. */
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SyncConfig } from '../config/model.ts';
import { describeApply } from './environment.ts';
import { appOf, type Foundation } from './foundation.ts';
import {
  mayAppendHistory,
  mayConsume,
  mayKeepRecords,
  mayReadSecrets,
  maySend,
} from './permissions.ts';
import { arnOfSecret } from './secrets.ts';
import { timeApply } from './timings.ts';
import { TrivetFunction } from './trivet-function.ts';
import { WorkQueue } from './work-queue.ts';

export interface ApplyStageProps {
  readonly base: Foundation;
  readonly sync: SyncConfig;
}

export class ApplyStage extends Construct {
  /** The sync's name. */
  readonly sync: string;
  /** The sync's queue; a message group is a lane. */
  readonly lanes: WorkQueue;

  constructor(scope: Construct, id: string, props: ApplyStageProps) {
    super(scope, id);
    const { base, sync } = props;
    const timing = timeApply(base.timeouts, appOf(base.config, sync));
    this.sync = sync.spec.name;
    this.lanes = new WorkQueue(this, 'Lanes', {
      name: this.sync,
      visibility: timing.visibility,
      contentBasedDeduplication: false,
    });
    const apply = new TrivetFunction(this, 'Apply', {
      sources: base.sources,
      entry: 'apply',
      description: `Merges and writes the records of ${this.sync}`,
      timeout: timing.timeout,
      recursiveLoop: RecursiveLoop.ALLOW,
      placement: base.placement,
      environment: { ...this.describe(base, sync) },
      statements: this.permit(base, sync),
    });
    apply.consume(this.lanes.queue);
  }

  private describe(base: Foundation, sync: SyncConfig): ReturnType<typeof describeApply> {
    return describeApply({
      scope: this,
      installation: base.installation,
      config: base.config,
      state: base.tables.state,
      history: base.tables.history,
      pulls: base.pulls.queue,
      brakes: base.brakes,
      lanes: { [this.sync]: this.lanes.queue },
      sync: this.sync,
      app: sync.app,
    });
  }

  private permit(base: Foundation, sync: SyncConfig) {
    const { config, tables } = base;
    const names = [config.crm.secret, appOf(config, sync).secret];
    return [
      mayConsume(this.lanes.queue),
      maySend([base.pulls.queue, this.lanes.queue]),
      mayKeepRecords(tables.state),
      mayAppendHistory(tables.history),
      mayReadSecrets(names.map((name) => arnOfSecret(this, name))),
    ];
  }
}
