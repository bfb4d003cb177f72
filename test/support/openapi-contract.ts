/**
 * Holds requests and answers against a vendor's OpenAPI description, with undeclared properties forbidden: a
 * misspelt key is a violation here, where the vendor itself would ignore it in silence.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** A finished request. The simulator's `onExchange` hands these out; a recording proxy may as well. */
export interface ContractExchange {
  readonly method: string;
  /** Below the server's base path, with its query. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly contentType?: string;
  readonly responseBody?: unknown;
  /** Set when the answer was injected: no description covers it. */
  readonly fault?: string;
}

export interface Contract {
  requestViolations(exchange: ContractExchange): readonly string[];
  responseViolations(exchange: ContractExchange): readonly string[];
  /** Both, except for a request that was refused: a refusal is what a wrong request should get. */
  check(exchange: ContractExchange): readonly string[];
  /** `GET /lists/{list_id}` of everything checked so far. */
  operationsSeen(): readonly string[];
}

interface Schema {
  readonly [key: string]: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Body {
  readonly required?: boolean;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly $ref?: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses?: Readonly<Record<string, Body>> };
}

interface Located {
  readonly name: string;
  readonly operation: Operation;
  readonly url: URL;
}

const specsPath = join(import.meta.dirname, '../../../shared/specs');

export const loadMailchimpContract = (): Contract | null =>
  loadContract('mailchimp-marketing.openapi.json');

/**
 * Dialpad describes successes alone. What its refusals look like is known from clients of others: a sentence at
 * `error.message`.
 */
export const loadDialpadContract = (): Contract | null =>
  loadContract('dialpad.openapi.json', {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message'],
        properties: { message: { type: 'string' } },
      },
    },
  });

/** Null, with the reason printed, where the vendor's description is not at hand. */
function loadContract(file: string, refusal?: Schema): Contract | null {
  const path = join(specsPath, file);
  if (existsSync(path)) return createContract(JSON.parse(readFileSync(path, 'utf8')), refusal);
  process.stderr.write(`Contract checks are skipped: shared/specs/${file} is not there.\n`);
  return null;
}

/** `refusal`: the body of refusals, where the description says nothing about them. */
export function createContract(document: unknown, refusal?: Schema): Contract {
  const api = withRefusal(document as ApiDocument, refusal);
  const compile = createCompiler(document);
  const seen = new Set<string>();
  const locate = (exchange: ContractExchange): Located | null => {
    const located = locateOperation(api, exchange);
    if (located !== null) seen.add(located.name);
    return located;
  };
  const requestViolations = (exchange: ContractExchange): readonly string[] => {
    const located = locate(exchange);
    if (located === null) return [`${exchange.method} ${exchange.path}: no such operation`];
    const found = [
      ...queryViolations(located, compile),
      ...bodyViolations(located, exchange.requestBody, compile),
    ];
    return found.map((violation) => `${located.name} request ${violation}`);
  };
  const responseViolations = (exchange: ContractExchange): readonly string[] => {
    const located = locate(exchange);
    // A path or method that is not described can only be refused, and refusals have one shape.
    const name = located?.name ?? `${exchange.method} ${exchange.path}`;
    const found = answerViolations(api, located, exchange, compile);
    return found.map((violation) => `${name} ${exchange.status} answer ${violation}`);
  };
  return {
    requestViolations,
    responseViolations,
    check: (exchange) => {
      const wasRefused = exchange.status >= 400 && exchange.fault === undefined;
      return [
        ...(wasRefused ? [] : requestViolations(exchange)),
        ...(exchange.fault === undefined ? responseViolations(exchange) : []),
      ];
    },
    operationsSeen: () => [...seen].toSorted(),
  };
}

function withRefusal(api: ApiDocument, schema: Schema | undefined): ApiDocument {
  if (schema === undefined) return api;
  const responses = { Problem: { content: { 'application/json': { schema } } } };
  return { ...api, components: { ...api.components, responses } };
}

type Compile = (schema: Schema) => ValidateFunction;

/** Schemas compile once each; references resolve within the whole document. */
function createCompiler(document: unknown): Compile {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  formats.default(ajv);
  const closed = close(document) as { components: Schema };
  ajv.addSchema({ $id: 'api', components: closed.components });
  const compiled = new Map<Schema, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const made = ajv.compile(pointAt(close(schema)) as Schema);
    compiled.set(schema, made);
    return made;
  };
}

/** `#/components/…` of a schema that was cut out of the document still means the document's. */
function pointAt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointAt);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string' && inner.startsWith('#')
        ? [key, `api${inner}`]
        : [key, pointAt(inner)],
    ),
  );
}

/** An object that lists its properties has no others. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, close(inner)]));
  const isObjectSchema =
    typeof copy['properties'] === 'object' &&
    (copy['type'] === undefined || copy['type'] === 'object');
  if (isObjectSchema && copy['additionalProperties'] === undefined) {
    copy['additionalProperties'] = false;
  }
  return copy;
}

function locateOperation(api: ApiDocument, exchange: ContractExchange): Located | null {
  const url = new URL(exchange.path, 'http://127.0.0.1');
  const parts = url.pathname.split('/');
  for (const [template, operations] of Object.entries(api.paths)) {
    const operation = operations[exchange.method.toLowerCase()];
    if (operation === undefined || !isFit(template.split('/'), parts)) continue;
    return { name: `${exchange.method} ${template}`, operation, url };
  }
  return null;
}

function isFit(template: readonly string[], parts: readonly string[]): boolean {
  return (
    template.length === parts.length &&
    template.every((part, index) => part.startsWith('{') || part === parts[index])
  );
}

function queryViolations({ operation, url }: Located, compile: Compile): readonly string[] {
  const parameters = (operation.parameters ?? []).filter(({ in: place }) => place === 'query');
  const violations: string[] = [];
  for (const { name, required, schema } of parameters) {
    const text = url.searchParams.get(name);
    if (text === null) {
      if (required === true) violations.push(`query ${name} is missing`);
    } else if (!compile(schema)(readQueryValue(text, schema))) {
      violations.push(`query ${name}=${text} is not allowed`);
    }
  }
  const declared = new Set(parameters.map(({ name }) => name));
  const undeclared = [...url.searchParams.keys()].filter((name) => !declared.has(name));
  return [...violations, ...undeclared.map((name) => `query ${name} is not declared`)];
}

function readQueryValue(text: string, schema: Schema): unknown {
  if (schema['type'] === 'array') return text.split(',');
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
  }
  if (schema['type'] === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function bodyViolations(located: Located, body: unknown, compile: Compile): readonly string[] {
  const declared = located.operation.requestBody;
  const schema = declared?.content?.['application/json']?.schema;
  if (schema === undefined) {
    // The official client sends `{}` with every GET and DELETE; nobody minds.
    const isEmpty = body === undefined || JSON.stringify(body) === '{}';
    return isEmpty ? [] : ['has a body where none is declared'];
  }
  if (body === undefined) return declared?.required === true ? ['has no body'] : [];
  return errorsOf(compile(schema), body);
}

function answerViolations(
  api: ApiDocument,
  located: Located | null,
  exchange: ContractExchange,
  compile: Compile,
): readonly string[] {
  const { status, responseBody } = exchange;
  const responses = located?.operation.responses;
  const own = responses?.[String(status)] ?? (status >= 400 ? responses?.['default'] : undefined);
  const fallback = status >= 400 ? api.components.responses?.['Problem'] : undefined;
  const response = resolveResponse(api, own) ?? fallback;
  if (response === undefined) return ['has a status that is not declared'];
  const [declared] = Object.entries(response.content ?? {});
  if (declared === undefined)
    return responseBody === undefined ? [] : ['has a body, none is declared'];
  const [contentType, { schema }] = declared;
  const violations: string[] = [];
  if (exchange.contentType !== undefined && !exchange.contentType.startsWith(contentType)) {
    violations.push(`is ${exchange.contentType}, not ${contentType}`);
  }
  if (schema === undefined) return violations;
  return [...violations, ...errorsOf(compile(schema), responseBody)];
}

function resolveResponse(api: ApiDocument, response: Body | undefined): Body | undefined {
  const name = response?.$ref?.split('/').at(-1);
  return name === undefined ? response : api.components.responses?.[name];
}

function errorsOf(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message ?? 'is wrong'} ${JSON.stringify(params)}`,
  );
}
