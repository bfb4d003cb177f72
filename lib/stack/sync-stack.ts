/**
 * The whole of Trivet on AWS. Read it as the diagram:
 *
 *   Schedules ─────────┐
 *   WebhookEndpoint ───┼─► pulls.fifo ─► pull ─► <sync>.fifo ─► apply ─► CRM, app, state
 *   continue ──────────┘   group = sync          group = lane
 */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TrivetConfig } from '../config/model.ts';
import type { StackOutputTexts } from '../config/stack-outputs.ts';
import { alarmOnConsentHeld } from './alarms.ts';
import { ApplyStage } from './apply-stage.ts';
import type { Foundation } from './foundation.ts';
import { placeFunctions } from './network.ts';
import { PullStage } from './pull-stage.ts';
import { Schedules } from './schedules.ts';
import { WEBHOOK_CONCURRENCY } from './settings.ts';
import { StateTables } from './state-tables.ts';
import { type TimeoutProfile, timePull } from './timings.ts';
import type { Sources } from './trivet-function.ts';
import { WebhookEndpoint } from './webhook-endpoint.ts';
import { WorkQueue } from './work-queue.ts';

export interface SyncStackProps extends StackProps {
  readonly config: TrivetConfig;
  /** Tells several Trivets of one account apart; never changes. */
  readonly installation: string;
  readonly timeouts: TimeoutProfile;
  readonly brakes: 'on' | 'off';
  readonly sources: Sources;
  /** @default 5 */
  readonly webhookConcurrency?: number;
}

export class SyncStack extends Stack {
  constructor(scope: Construct, id: string, props: SyncStackProps) {
    super(scope, id, {
      description: 'Trivet keeps a CRM and the apps around it in step',
      ...props,
    });
    const { config, installation, timeouts, brakes, sources } = props;

    const tables = new StateTables(this, 'Tables');
    const pulls = new WorkQueue(this, 'Pulls', {
      name: 'pulls',
      visibility: timePull(timeouts).visibility,
      contentBasedDeduplication: true,
    });
    const placement = placeFunctions(this, config.crm.network);
    const base = { config, installation, timeouts, brakes, sources, tables, pulls, placement };

    new Schedules(this, 'Schedules', { base });
    const webhook = new WebhookEndpoint(this, 'Webhook', {
      base,
      concurrency: props.webhookConcurrency ?? WEBHOOK_CONCURRENCY,
    });
    const lanes = config.syncs.map(
      (sync) => new ApplyStage(this, `Apply-${sync.spec.name}`, { base, sync }),
    );
    new PullStage(this, 'Pull', { base, lanes });
    alarmOnConsentHeld(this);

    this.addOutputs(base, webhook, lanes);
  }

  /** What the command line and a person setting up webhooks need to know of the deployed stack. */
  private addOutputs(
    base: Foundation,
    webhook: WebhookEndpoint,
    lanes: readonly ApplyStage[],
  ): void {
    const queueUrls = lanes.map((stage) => [stage.sync, stage.lanes.queue.queueUrl]);
    const outputs: StackOutputTexts = {
      Endpoint: webhook.url,
      WebhookSecretName: webhook.secret.name,
      StateTable: base.tables.state.tableName,
      HistoryTable: base.tables.history.tableName,
      PullsQueue: base.pulls.queue.queueUrl,
      LaneQueues: this.toJsonString(Object.fromEntries(queueUrls)),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
