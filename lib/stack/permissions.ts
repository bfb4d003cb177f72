/**
 * What a function may do, one statement per resource and purpose. Written out instead of the CDK's
 * grants, which allow more than our code calls; test/stack/iam.test.ts repeats this list word by word.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

type HasTableArn = { readonly tableArn: string };

/**
 * What Lambda's poller needs; the handlers say in their answer what is to come back.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 */
export function mayConsume(queue: IQueue): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  });
}

export function maySend(queues: readonly IQueue[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:SendMessage'],
    resources: queues.map((queue) => queue.queueArn),
  });
}

/**
 * Pull: its place in both sources, the links it claims, what it could not match or only planned, and walks
 * over the records. It writes no record.
 */
export function mayKeepPlace(state: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:PartiQLInsert',
    ],
    resources: [state.tableArn],
  });
}

/** Pull: which records are due. */
export function mayReadInbox(state: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: [`${state.tableArn}/index/inbox`],
  });
}

/** Apply: records and all that hangs on them. No Scan: walks go bucket by bucket. */
export function mayKeepRecords(state: HasTableArn): PolicyStatement {
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

/** History is added to, and of a person who is erased it is found and deleted; reading it is for people, with their own rights. */
export function mayAppendHistory(history: HasTableArn): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:BatchWriteItem', 'dynamodb:Query'],
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
