/**
 * Secrets by name. The credentials of the CRM and the apps are the user's: made before the first
 * deploy, never written or deleted by this stack, so no deploy can blank a password. The webhook
 * secret is ours: the stack generates it once.
 */
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import { webhookSecretNameOf } from '../config/stack-outputs.ts';
import { acknowledgeFixedSecret } from './checks.ts';

/**
 * The ARN of a secret the user made, by its name; Secrets Manager puts six random characters behind
 * it. Whether it exists shows at the first pull, which halts with a sentence.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
export function arnOfSecret(scope: IConstruct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

export class WebhookSecretStore extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, installation: string) {
    super(scope, id);
    this.name = webhookSecretNameOf(installation);
    const secret = new Secret(this, 'Secret', {
      secretName: this.name,
      description:
        'Keys of the CRM doorbell and of webhooks; signing secrets go under apps.<app>.signing',
      // A changed template makes CloudFormation generate a new value, which would silence every
      // doorbell: so the template names no app.
      generateSecretString: {
        secretStringTemplate: '{"apps":{}}',
        generateStringKey: 'doorbell',
        passwordLength: 48,
        excludePunctuation: true,
      },
      // Goes with the stack, as the URLs it protects do; its name would block the next deploy.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledgeFixedSecret(secret);
    this.arn = secret.secretArn;
  }
}
