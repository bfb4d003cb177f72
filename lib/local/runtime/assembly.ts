/**
 * Reads a synthesized cloud assembly (cdk.out): its one stack's template, and where the files of its
 * assets lie. https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-app
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TemplateError } from './template-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly logicalId: string;
  /** Where the construct stands in the app, such as `Trivet/Pulls/Queue/Resource`. */
  readonly path: string;
  readonly type: string;
  readonly properties: JsonObject;
}

export interface Assembly {
  readonly stackName: string;
  readonly resources: readonly Resource[];
  /** Those that have a value without anybody giving one. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The directory of each file asset, by the S3 key under which the template knows it. */
  readonly assetDirs: ReadonlyMap<string, string>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: { templateFile?: string; stackName?: string; file?: string };
  readonly metadata?: ConstructMetadata;
  readonly additionalMetadataFile?: string;
}

/** By construct path. */
type ConstructMetadata = Readonly<Record<string, readonly { type: string; data?: unknown }[]>>;

interface Template {
  readonly Resources?: Record<string, TemplateResource>;
  readonly Parameters?: Record<string, TemplateParameter>;
  readonly Outputs?: Record<string, { Value: unknown; Condition?: string }>;
}

interface TemplateParameter {
  readonly Type?: string;
  readonly Default?: string;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
}

export function readAssembly(dir: string): Assembly {
  const manifest = readJson<{ artifacts: Record<string, Artifact> }>(join(dir, 'manifest.json'));
  const artifacts = Object.entries(manifest.artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [only] = stacks;
  if (only === undefined || stacks.length > 1) {
    const found = stacks.map(([id]) => id).join(', ') || 'none';
    throw new TemplateError(dir, `exactly one stack can run on one machine; found: ${found}`);
  }
  const [id, stack] = only;
  const template = readJson<Template>(join(dir, stack.properties?.templateFile ?? ''));
  const paths = readPaths(dir, stack);
  return {
    stackName: stack.properties?.stackName ?? id,
    resources: Object.entries(template.Resources ?? {}).map(([logicalId, resource]) =>
      readResource(logicalId, resource, paths.get(logicalId) ?? logicalId),
    ),
    parameters: readDefaults(template.Parameters ?? {}),
    outputs: readOutputs(template.Outputs ?? {}),
    assetDirs: readAssetDirs(dir, artifacts),
  };
}

function readResource(logicalId: string, resource: TemplateResource, path: string): Resource {
  if (resource.Condition !== undefined) {
    throw new TemplateError(
      `${logicalId} (${resource.Type})`,
      `the condition ${resource.Condition} cannot be evaluated here; decide it at synthesis`,
    );
  }
  return { logicalId, path, type: resource.Type, properties: resource.Properties ?? {} };
}

/** Construct paths by logical id. They stand in the metadata, whether or not in the template. */
function readPaths(dir: string, stack: Artifact): ReadonlyMap<string, string> {
  const file = stack.additionalMetadataFile;
  const more = file === undefined ? {} : readJson<ConstructMetadata>(join(dir, file));
  const paths = new Map<string, string>();
  for (const [path, entries] of Object.entries({ ...stack.metadata, ...more })) {
    for (const { type, data } of entries) {
      if (type === 'aws:cdk:logicalId' && typeof data === 'string') paths.set(data, path.slice(1));
    }
  }
  return paths;
}

/** Only what has a value: of an SSM parameter the template knows the name, not the value. */
function readDefaults(
  parameters: Readonly<Record<string, TemplateParameter>>,
): Record<string, string> {
  const entries = Object.entries(parameters).flatMap(([name, { Type = '', Default }]) =>
    Default === undefined || Type.startsWith('AWS::SSM::') ? [] : [[name, Default] as const],
  );
  return Object.fromEntries(entries);
}

function readOutputs(outputs: Readonly<Record<string, { Value: unknown }>>): JsonObject {
  return Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, Value]));
}

function readAssetDirs(
  dir: string,
  artifacts: readonly (readonly [string, Artifact])[],
): ReadonlyMap<string, string> {
  const dirs = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    if (artifact.type !== 'cdk:asset-manifest') continue;
    const list = readJson<AssetManifest>(join(dir, artifact.properties?.file ?? ''));
    for (const { source, destinations } of Object.values(list.files ?? {})) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) dirs.set(objectKey, join(dir, source.path));
      }
    }
  }
  return dirs;
}

interface AssetManifest {
  readonly files?: Record<
    string,
    { source: { path?: string }; destinations: Record<string, { objectKey: string }> }
  >;
}

function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(path, 'utf8')) as Shape;
}
