/**
 * What a function may do, one statement per resource and purpose. Written out instead of the CDK's
 * grants, which allow more than our code calls; test/stack/iam.test.ts repeats this list word by word.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

type HasTableArn = { readonly tableArn: string };

/** Event source mapping and handler; ChangeMessageVisibility hands back what is unfinished. */
export function mayConsume(queue: IQueue): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
    ],
    resources: [queue.queueArn],
  });
}

export function maySend(queues: readonly IQueue[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:SendMessage'],
    resources: queues.map((queue) => queue.queueArn),
  });
}

/** What lib/state calls, as IAM names it. No Scan: walks go bucket by bucket. */
export function mayKeepState(state: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
    ],
    resources: [state.tableArn],
  });
}

export function mayReadInbox(state: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: [`${state.tableArn}/index/inbox`],
  });
}

/** History is only ever added to; reading it is for people, with their own rights. */
export function mayAppendHistory(history: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:BatchWriteItem'],
    resources: [history.tableArn],
  });
}

export function mayReadSecrets(secretArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['secretsmanager:GetSecretValue'],
    resources: [...secretArns],
  });
}

const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * The Lambda service attaches the function to the user's subnets with the function's own role; the
 * second statement keeps the function's code from doing the same.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function mayAttachToVpc(scope: IConstruct): readonly PolicyStatement[] {
  const anyFunction = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return [
    new PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: NETWORK_INTERFACE_ACTIONS,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
    }),
  ];
}
