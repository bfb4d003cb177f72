/** The checks at synthesis really are switched on: a stack with a flaw does not come out. */
import { type CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { createApp, removeAssembly, type TestApp } from './fixtures/synthesize.ts';

describe('checks at synthesis', () => {
  let synthesis: TestApp;
  beforeEach(() => {
    synthesis = createApp();
  });
  afterEach(() => {
    removeAssembly(synthesis.app);
  });

  test('let the stack through as it is', () => {
    expect(() => synthesis.app.synth()).not.toThrow();
  }, 60_000);

  test('a finding of cdk-nag fails it', () => {
    new Queue(synthesis.stack, 'WithoutDeadLettersOrTls');
    expect(() => synthesis.app.synth()).toThrow('AwsSolutions-SQS3');
  }, 60_000);

  test("a finding of the CDK's template rules fails it", () => {
    const queue = synthesis.stack.node.findChild('Pulls').node.findChild('Queue') as Queue;
    (queue.node.defaultChild as CfnQueue).visibilityTimeout = 1;
    expect(() => synthesis.app.synth()).toThrow('CloudFormation-Validate::E3505');
  }, 60_000);
});
