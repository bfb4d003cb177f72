/**
 * The whole template as declarations, before anything is created: whatever is not supported is found
 * here, so that a refused template leaves nothing half made.
 */
import { accountId } from '../services/sqs/store.ts';
import type { Assembly, Resource } from './assembly.ts';
import { declareMapping, type MappingSpec } from './event-source-mappings.ts';
import { declareFunction, type FunctionSpec, type FunctionSurroundings } from './functions.ts';
import { declareApi, type ApiSpec } from './http-apis.ts';
import { resolveProperties, resolveValue, type Names } from './intrinsics.ts';
import { createNames, nameOf, type Surroundings } from './physical-ids.ts';
import { declareQueue, type QueueSpec } from './queues.ts';
import { checkTypes, isLeftOut, placeOf, refuse } from './resource-rules.ts';
import { declareSchedule, type ScheduleSpec } from './schedules.ts';
import { declareSecret, type SecretSpec } from './secrets.ts';
import { declareTable, type TableSpec } from './tables.ts';
import { TemplateError } from './template-error.ts';

export interface DeploymentPlan {
  readonly stackName: string;
  readonly tables: readonly TableSpec[];
  readonly queues: readonly QueueSpec[];
  readonly secrets: readonly SecretSpec[];
  readonly functions: readonly FunctionSpec[];
  readonly mappings: readonly MappingSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly apis: readonly ApiSpec[];
  /** The stack's own outputs. */
  readonly outputs: Readonly<Record<string, string>>;
}

export type PlanSurroundings = Omit<Surroundings & FunctionSurroundings, 'accountId'>;

export function planDeployment(assembly: Assembly, about: PlanSurroundings): DeploymentPlan {
  checkTypes(assembly.resources);
  const around = { ...about, accountId };
  const names = createNames(assembly, around);
  const resources = resolveAll(assembly, names);
  const each = <Spec>(type: string, declare: (resource: Resource, name: string) => Spec): Spec[] =>
    resources
      .filter((resource) => resource.type === type)
      .map((resource) => declare(resource, nameOf(resource, assembly.stackName, names)));
  const plan: DeploymentPlan = {
    stackName: assembly.stackName,
    tables: each('AWS::DynamoDB::Table', declareTable),
    queues: each('AWS::SQS::Queue', declareQueue),
    secrets: each('AWS::SecretsManager::Secret', declareSecret),
    functions: each('AWS::Lambda::Function', (resource, name) =>
      declareFunction(resource, assembly, name, around),
    ),
    mappings: each('AWS::Lambda::EventSourceMapping', declareMapping),
    schedules: each('AWS::Scheduler::Schedule', (resource) =>
      declareSchedule(resource, names.attribute(resource.logicalId, 'Arn') ?? ''),
    ),
    apis: each('AWS::ApiGatewayV2::Api', (resource) => declareApi(resource, resources)),
    outputs: resolveOutputs(assembly, names),
  };
  checkApiParts(resources);
  checkEnds(plan);
  checkVisibility(plan);
  return plan;
}

/** Whatever calls something calls something of this stack: there is nothing else here. */
function checkEnds({ queues, functions, mappings, schedules, apis }: DeploymentPlan): void {
  const queueNames = new Set(queues.map(({ name }) => name));
  const functionNames = new Set(functions.map(({ name }) => name));
  for (const { place, queueName } of [...mappings, ...schedules]) {
    if (queueNames.has(queueName)) continue;
    throw new TemplateError(place, `${queueName} is no queue of this stack`);
  }
  for (const { place, deadLetterName } of queues) {
    if (deadLetterName === undefined || queueNames.has(deadLetterName)) continue;
    throw new TemplateError(place, `its dead-letter queue ${deadLetterName} is not in this stack`);
  }
  for (const { place, functionName } of [...mappings, ...apis.flatMap(({ routes }) => routes)]) {
    if (functionNames.has(functionName)) continue;
    throw new TemplateError(place, `${functionName} is no function of this stack`);
  }
}

/** Lambda refuses such a mapping: a message would come back while it is being worked on. */
function checkVisibility({ queues, functions, mappings }: DeploymentPlan): void {
  for (const { place, queueName, functionName } of mappings) {
    const visibilityMs = queues.find(({ name }) => name === queueName)?.visibilityMs ?? 0;
    const timeoutMs = functions.find(({ name }) => name === functionName)?.timeoutMs ?? 0;
    if (visibilityMs >= timeoutMs) continue;
    throw new TemplateError(
      place,
      `the queue's visibility timeout (${visibilityMs} ms) is less than the function's timeout (${timeoutMs} ms)`,
    );
  }
}

/** Parts of an API that is not here would be served by nobody, in silence. */
function checkApiParts(resources: readonly Resource[]): void {
  const apis = resources.filter(({ type }) => type === 'AWS::ApiGatewayV2::Api');
  const ids = new Set<unknown>(apis.map(({ logicalId }) => logicalId));
  for (const part of resources) {
    const isPart = part.type.startsWith('AWS::ApiGatewayV2::') && !apis.includes(part);
    if (!isPart || ids.has(part.properties['ApiId'])) continue;
    throw refuse(part, 'ApiId', 'must be an API of this stack');
  }
}

/** What is left out is not resolved either: it may ask for what does not exist here. */
function resolveAll(assembly: Assembly, names: Names): readonly Resource[] {
  return assembly.resources
    .filter((resource) => !isLeftOut(resource.type))
    .map((resource) => ({
      ...resource,
      properties: resolveProperties(resource.properties, names, placeOf(resource)),
    }));
}

function resolveOutputs(assembly: Assembly, names: Names): Record<string, string> {
  const entries = Object.entries(assembly.outputs).map(([name, value]) => {
    const resolved = resolveValue(value, names, `Outputs.${name}`);
    return [name, typeof resolved === 'string' ? resolved : JSON.stringify(resolved)] as const;
  });
  return Object.fromEntries(entries);
}
