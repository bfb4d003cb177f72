/** What a deployed stack is called from outside: names, URLs and environments, for people and tests. */
import type { SqsServer } from '../services/sqs/server.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import type { HttpDoor } from './http-door.ts';

interface Deployed {
  readonly logicalId: string;
  /** The construct path, such as `Trivet/Pulls/Queue/Resource`. */
  readonly path: string;
}

export interface RuntimeOutputs {
  readonly stackName: string;
  /** The outputs that the stack itself declares. */
  readonly values: Readonly<Record<string, string>>;
  readonly tables: readonly (Deployed & { readonly name: string })[];
  readonly queues: readonly (Deployed & { readonly name: string; readonly url: string })[];
  readonly secrets: readonly (Deployed & { readonly name: string })[];
  readonly apis: readonly (Deployed & { readonly url: string })[];
  readonly functions: readonly (Deployed & {
    readonly name: string;
    readonly environment: Readonly<Record<string, string>>;
  })[];
}

export function describeOutputs(
  plan: DeploymentPlan,
  sqs: SqsServer,
  doors: ReadonlyMap<string, HttpDoor>,
): RuntimeOutputs {
  const identify = ({ logicalId, path }: Deployed): Deployed => ({ logicalId, path });
  return {
    stackName: plan.stackName,
    values: plan.outputs,
    tables: plan.tables.map((spec) => ({ ...identify(spec), name: spec.name })),
    queues: plan.queues.map((spec) => ({
      ...identify(spec),
      name: spec.name,
      url: sqs.queueUrl(spec.name),
    })),
    secrets: plan.secrets.map((spec) => ({ ...identify(spec), name: spec.name })),
    apis: plan.apis.map((spec) => ({
      ...identify(spec),
      url: doors.get(spec.logicalId)?.url ?? '',
    })),
    functions: plan.functions.map((spec) => ({
      ...identify(spec),
      name: spec.name,
      environment: spec.declaredEnvironment,
    })),
  };
}
