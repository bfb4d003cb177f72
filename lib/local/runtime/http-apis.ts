/**
 * AWS::ApiGatewayV2: Api, Route, Integration and Stage, as one declaration per API, and how a request
 * goes through them: route, throttle, function.
 */
import { randomUUID } from 'node:crypto';
import type { Resource } from './assembly.ts';
import type { FunctionRunner } from './function-runner.ts';
import type { Answerer } from './http-door.ts';
import { toAnswer, toEvent, toMessage } from './http-event.ts';
import { findRoute, parseRouteKey, type RouteKey } from './http-routes.ts';
import { readNumber, readObject, readString, requireString } from './property-readers.ts';
import { checkProperties, placeOf, refuse, type PropertyRules } from './resource-rules.ts';
import { createTokenBucket, type ThrottleSettings } from './token-bucket.ts';

interface Route extends RouteKey {
  readonly place: string;
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Undefined: as fast as it goes. */
  readonly throttle: ThrottleSettings | undefined;
}

export interface ApiSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly routes: readonly Route[];
}

const apiRules: PropertyRules = {
  done: ['Name', 'ProtocolType'],
  leftOut: { Description: 'for people', Tags: 'for people' },
};

const stageRules: PropertyRules = {
  done: ['ApiId', 'AutoDeploy', 'DefaultRouteSettings', 'RouteSettings', 'StageName'],
  leftOut: {
    AccessLogSettings: 'the runtime logs what fails',
    Description: 'for people',
    Tags: 'for people',
  },
};

const routeRules: PropertyRules = {
  done: ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
  leftOut: {},
};

const integrationRules: PropertyRules = {
  done: ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion', 'TimeoutInMillis'],
  leftOut: { Description: 'for people', IntegrationMethod: 'a function is always invoked by POST' },
};

const settingsRules: PropertyRules = {
  done: ['ThrottlingBurstLimit', 'ThrottlingRateLimit'],
  leftOut: { DetailedMetricsEnabled: 'metrics are read from the runtime' },
};

const integrationTimeoutMs = 30_000;

/** `resources` are all of the stack, their properties resolved. */
export function declareApi(api: Resource, resources: readonly Resource[]): ApiSpec {
  checkProperties(api, apiRules);
  if (readString(api, 'ProtocolType') !== 'HTTP') throw refuse(api, 'ProtocolType', 'must be HTTP');
  const own = (type: string): readonly Resource[] =>
    resources.filter(
      (one) =>
        one.type === `AWS::ApiGatewayV2::${type}` && one.properties['ApiId'] === api.logicalId,
    );
  const [stage, another] = own('Stage');
  if (stage !== undefined) checkStage(stage);
  if (another !== undefined) throw refuse(another, 'StageName', 'must be that of the only stage');
  const integrations = new Map(own('Integration').map((one) => [one.logicalId, one]));
  // Without a stage AWS serves nothing.
  const routes = stage === undefined ? [] : own('Route');
  return {
    logicalId: api.logicalId,
    path: api.path,
    routes: routes.map((route) => declareRoute(route, integrations, stage)),
  };
}

function checkStage(stage: Resource): void {
  checkProperties(stage, stageRules);
  if (requireString(stage, 'StageName') !== '$default') {
    throw refuse(stage, 'StageName', 'must be $default: other stages have a path of their own');
  }
  if (stage.properties['AutoDeploy'] !== true) {
    throw refuse(stage, 'AutoDeploy', 'must be on: deployments are not supported');
  }
}

function declareRoute(
  route: Resource,
  integrations: ReadonlyMap<string, Resource>,
  stage: Resource | undefined,
): Route {
  checkProperties(route, routeRules);
  const authorization = readString(route, 'AuthorizationType') ?? 'NONE';
  if (authorization !== 'NONE') throw refuse(route, 'AuthorizationType', 'must be NONE');
  const key = parseRouteKey(requireString(route, 'RouteKey'));
  if (key === undefined) throw refuse(route, 'RouteKey', 'must be a method and a path');
  const integration = integrations.get(requireString(route, 'Target').split('/').at(-1) ?? '');
  if (integration === undefined) throw refuse(route, 'Target', 'names no integration of this API');
  return {
    ...key,
    place: placeOf(route),
    ...declareIntegration(integration),
    throttle: stage === undefined ? undefined : readThrottle(stage, key.key),
  };
}

function declareIntegration(integration: Resource): Pick<Route, 'functionName' | 'timeoutMs'> {
  checkProperties(integration, integrationRules);
  if (readString(integration, 'IntegrationType') !== 'AWS_PROXY') {
    throw refuse(integration, 'IntegrationType', 'must be AWS_PROXY');
  }
  if (readString(integration, 'PayloadFormatVersion') !== '2.0') {
    throw refuse(integration, 'PayloadFormatVersion', 'must be 2.0');
  }
  return {
    functionName: requireString(integration, 'IntegrationUri').split(':').at(-1) ?? '',
    timeoutMs: readNumber(integration, 'TimeoutInMillis') ?? integrationTimeoutMs,
  };
}

function readThrottle(stage: Resource, routeKey: string): ThrottleSettings | undefined {
  const usual = readObject(stage, 'DefaultRouteSettings');
  const own = (readObject(stage, 'RouteSettings')[routeKey] ?? {}) as Record<string, unknown>;
  checkProperties(stage, settingsRules, { path: 'DefaultRouteSettings', value: usual });
  checkProperties(stage, settingsRules, { path: 'RouteSettings', value: own });
  const settings = { ...usual, ...own };
  const [rate, burst] = [settings['ThrottlingRateLimit'], settings['ThrottlingBurstLimit']];
  if (rate === undefined && burst === undefined) return undefined;
  return { ratePerSecond: Number(rate ?? burst), burst: Number(burst ?? rate) };
}

export function answerWith(
  api: ApiSpec,
  accountId: string,
  runners: ReadonlyMap<string, FunctionRunner>,
): Answerer {
  const routes = api.routes.map((route) => ({
    ...route,
    mayPass: route.throttle === undefined ? () => true : createTokenBucket(route.throttle),
  }));
  return async (request) => {
    const path = request.url.split('?')[0] ?? '/';
    const match = findRoute(routes, request.method, path);
    if (match === undefined) return toMessage(404, 'Not Found');
    const { route, parameters } = match;
    const at = new Date();
    if (!route.mayPass(at.getTime())) return toMessage(429, 'Too Many Requests');
    const event = toEvent(request, {
      apiId: api.logicalId,
      accountId,
      domainName: '127.0.0.1',
      routeKey: route.key,
      parameters,
      requestId: randomUUID(),
      at,
    });
    const work = runners.get(route.functionName)?.invoke(event);
    const outcome = work && (await withinMs(work, route.timeoutMs));
    if (outcome === undefined) return toMessage(503, 'Service Unavailable');
    if (outcome.kind === 'failed') return toMessage(500, 'Internal Server Error');
    return toAnswer(outcome.payload);
  };
}

/** Undefined when it takes longer; what was begun goes on. */
async function withinMs<Value>(work: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
