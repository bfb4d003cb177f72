/**
 * A vendor's own OpenAPI description as TypeScript types, so that no property name is typed by hand. Each
 * connector's generate-wire.ts says which types, and writes its wire.generated.ts.
 *
 * Descriptions and links are left out: they change with every release and would hide what did change.
 */
import { readFileSync } from 'node:fs';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

type Schema = Record<string, unknown>;

/** Steps from the root of the description to a schema. */
export type Place = readonly string[];

export interface TypesWanted {
  /** The description, a JSON file. */
  readonly file: string;
  /** The name each type gets, and where in the description it stands. */
  readonly places: Readonly<Record<string, Place>>;
  readonly banner: string;
}

export function schemaAt(name: string): Place {
  return ['components', 'schemas', name];
}

export function answerOf(path: string, method: string): Place {
  return ['paths', path, method, 'responses', '200', 'content', 'application/json', 'schema'];
}

export function requestOf(path: string, method: string): Place {
  return ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema'];
}

/** The compiler's own remarks on where a type was found say nothing about the vendor. */
const REMARK = /\/\*\*\n \* This interface was referenced by [^]*?\*\/\n/g;

export async function generateTypes({ file, places, banner }: TypesWanted): Promise<string> {
  const root: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const definitions = Object.entries(places).map(([name, place]) => {
    const schema = at(root, place);
    if (!isSchema(schema)) throw new Error(`${file} has nothing at ${place.join(' > ')}`);
    return [name, simplify(schema, places)] as const;
  });
  const types = await compile(
    { type: 'object', definitions: Object.fromEntries(definitions) } as JSONSchema,
    'WireTypes',
    {
      bannerComment: banner,
      additionalProperties: false,
      unreachableDefinitions: true,
      style: { printWidth: 100 },
    },
  );
  return types.replace(REMARK, '').replace('export interface WireTypes {}\n', '');
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(root: unknown, place: Place): unknown {
  return place.reduce((node, step) => (isSchema(node) ? node[step] : undefined), root);
}

/** Drops what is no type (words, links) and lets references point at our names. */
function simplify(node: unknown, places: TypesWanted['places']): unknown {
  if (Array.isArray(node)) return node.map((each) => simplify(each, places));
  if (!isSchema(node)) return node;
  const { nullable, ...rest } = node;
  const plain =
    typeof node['$ref'] === 'string'
      ? { $ref: `#/definitions/${nameOf(node['$ref'], places)}` }
      : Object.fromEntries(
          Object.entries(rest)
            .filter(([key, value]) => !isNoise(key, value) && !isRefinement(key, node))
            .map(([key, value]) => [key, simplify(value, places)]),
        );
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
}

function nameOf(reference: string, places: TypesWanted['places']): string {
  const found = Object.entries(places).find(([, place]) => reference === `#/${place.join('/')}`);
  if (found === undefined) throw new Error(`No name is given for ${reference}`);
  return found[0];
}

/** `title` and `description` are words only where they are text: a schema may have such a property. */
function isNoise(key: string, value: unknown): boolean {
  if (key === '_links' || key === 'x-overlay' || key === 'readOnly') return true;
  return ['title', 'description', 'example', 'pattern'].includes(key) && typeof value === 'string';
}

/** Alternatives beside a plain type only narrow it (formats, required pairs), which TypeScript cannot say. */
function isRefinement(key: string, node: Schema): boolean {
  const isPlain = node['type'] === 'string' || isSchema(node['properties']);
  return (key === 'anyOf' || key === 'oneOf') && isPlain;
}
