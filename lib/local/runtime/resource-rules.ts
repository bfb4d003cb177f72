/**
 * What this runtime knows of resource types and their properties. Three kinds, and no fourth:
 * done, left out for a stated reason, or refused by name. Nothing is skipped in silence.
 */
import type { JsonObject, Resource } from './assembly.ts';
import { TemplateError } from './template-error.ts';

/** Types whose absence changes nothing that a function can observe on one machine. */
const leftOutTypes: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': 'statistics of the CDK',
  'AWS::CloudWatch::Alarm': 'nobody is paged; metrics are read from the runtime',
  'AWS::CloudWatch::Dashboard': 'nothing is drawn',
  'AWS::IAM::ManagedPolicy': 'every call is allowed; the rights are asserted on the template',
  'AWS::IAM::Policy': 'every call is allowed; the rights are asserted on the template',
  'AWS::IAM::Role': 'every call is allowed; the rights are asserted on the template',
  'AWS::Lambda::Permission': 'every caller on this machine may invoke',
  'AWS::Logs::LogGroup': 'logs go to the callback of the runtime',
  'AWS::Logs::MetricFilter': 'metrics are read from the runtime',
  'AWS::Scheduler::ScheduleGroup': 'schedules need no group to fire',
  'AWS::SNS::Subscription': 'topics here only carry alarms',
  'AWS::SNS::Topic': 'topics here only carry alarms',
  'AWS::SNS::TopicPolicy': 'topics here only carry alarms',
  'AWS::SQS::QueuePolicy': 'every sender on this machine may send',
  'AWS::EC2::SecurityGroup': 'there is one network here',
  'AWS::EC2::SecurityGroupEgress': 'there is one network here',
  'AWS::EC2::SecurityGroupIngress': 'there is one network here',
};

const doneTypes: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::Table',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::SQS::Queue',
  'AWS::Scheduler::Schedule',
  'AWS::SecretsManager::Secret',
]);

export function isLeftOut(type: string): boolean {
  return Object.hasOwn(leftOutTypes, type);
}

export function checkTypes(resources: readonly Resource[]): void {
  for (const resource of resources) {
    if (doneTypes.has(resource.type) || isLeftOut(resource.type)) continue;
    throw new TemplateError(
      placeOf(resource),
      `the one-machine runtime does not support the type ${resource.type}`,
    );
  }
}

export function placeOf(resource: Resource): string {
  return `${resource.logicalId} (${resource.type}, ${resource.path})`;
}

/**
 * `leftOut` names the properties without effect on one machine, each with its reason.
 */
export interface PropertyRules {
  readonly done: readonly string[];
  readonly leftOut: Readonly<Record<string, string>>;
}

/** `within` is the nested object to check and the path to it, such as `Target`. */
export function checkProperties(
  resource: Resource,
  rules: PropertyRules,
  within: { path: string; value: JsonObject } = { path: '', value: resource.properties },
): void {
  for (const name of Object.keys(within.value)) {
    if (rules.done.includes(name) || Object.hasOwn(rules.leftOut, name)) continue;
    const property = within.path === '' ? name : `${within.path}.${name}`;
    throw refuse(resource, property, 'is not supported by the one-machine runtime');
  }
}

/** For a property that is known, with a value that is not. */
export function refuse(resource: Resource, property: string, problem: string): TemplateError {
  return new TemplateError(placeOf(resource), `the property ${property} ${problem}`);
}
