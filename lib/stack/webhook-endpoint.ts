/**
 * Webhooks and doorbells → pulls.fifo. The only door from the internet: throttled before any code of
 * ours runs, its function capped so that a flood leaves the pulls their executions, and able to do nothing but ring.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeOpenRoutes } from './checks.ts';
import { describeWebhook } from './environment.ts';
import type { Foundation } from './foundation.ts';
import { mayReadSecrets, maySend } from './permissions.ts';
import { WebhookSecretStore } from './secrets.ts';
import { timeWebhook } from './timings.ts';
import { TrivetFunction } from './trivet-function.ts';

/**
 * Requests a second that are let in. `alone`: where nothing is reserved, they are all that keeps a flood from the
 * executions that pulls and lanes need, of which a new account has ten.
 */
const THROTTLE = {
  capped: { rateLimit: 50, burstLimit: 100 },
  alone: { rateLimit: 5, burstLimit: 5 },
};

/** The route, never the path: the last segment of an unsigned webhook's path is a secret. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTime',
    route: '$context.routeKey',
    status: '$context.status',
    sourceIp: '$context.identity.sourceIp',
    responseLength: '$context.responseLength',
    integrationError: '$context.integrationErrorMessage',
  }),
);

export interface WebhookEndpointProps {
  readonly base: Foundation;
  /** Executions reserved for the webhook function, and its most; 0: none are reserved. */
  readonly concurrency: number;
}

export class WebhookEndpoint extends Construct {
  readonly secret: WebhookSecretStore;
  private readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: WebhookEndpointProps) {
    super(scope, id);
    const { base, concurrency } = props;
    this.secret = new WebhookSecretStore(this, 'Keys', base.installation);
    this.api = new HttpApi(this, 'Api', {
      apiName: `trivet-${base.installation}`,
      description: 'Trivet: doorbells and webhooks',
      createDefaultStage: false,
    });
    this.addRoutes(base, this.createFunction(base, concurrency));
    this.addStage(concurrency > 0 ? THROTTLE.capped : THROTTLE.alone);
    acknowledgeOpenRoutes(this.api);
  }

  /** Where vendors and the CRM call, without a slash at the end. */
  get url(): string {
    return this.api.apiEndpoint;
  }

  private createFunction(base: Foundation, concurrency: number): TrivetFunction {
    const pulls = base.pulls.queue;
    return new TrivetFunction(this, 'Webhook', {
      sources: base.sources,
      entry: 'webhook',
      description: 'Verifies a webhook or doorbell and rings the pull; never trusts its contents',
      timeout: timeWebhook(base.timeouts),
      recursiveLoop: RecursiveLoop.TERMINATE,
      ...(concurrency > 0 && { concurrency }),
      environment: {
        ...describeWebhook({
          installation: base.installation,
          pulls,
          webhookSecret: this.secret.name,
        }),
      },
      statements: [maySend([pulls]), mayReadSecrets([this.secret.arn])],
    });
  }

  /** One concrete route per sync and app: what is not configured is refused before our code. */
  private addRoutes(base: Foundation, webhook: TrivetFunction): void {
    const integration = new HttpLambdaIntegration('Webhook', webhook.function, {
      scopePermissionToRoute: false,
    });
    for (const sync of base.config.syncs) {
      const path = `/doorbell/${requirePathSegment(sync.spec.name)}`;
      this.api.addRoutes({ path, methods: [HttpMethod.POST], integration });
    }
    for (const [app, { capabilities }] of Object.entries(base.config.apps)) {
      // Who shows nobody rings for nobody.
      if (capabilities.delta === 'none') continue;
      const path = `/webhooks/${requirePathSegment(app)}`;
      const methods = [HttpMethod.GET, HttpMethod.POST];
      this.api.addRoutes({ path, methods, integration });
      this.api.addRoutes({ path: `${path}/{secret}`, methods, integration });
    }
  }

  private addStage(throttle: (typeof THROTTLE)['capped']): void {
    const log = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: ACCESS_LOG_FORMAT,
      },
    });
  }
}

/** A name with a slash or a brace would be a different route than the one meant. */
function requirePathSegment(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new Error(
    `The name '${name}' becomes part of a URL: use letters, digits, '-', '_' and '.' only.`,
  );
}
