/** The project's own files, read and parsed: what the house rules look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

export const ROOT = join(import.meta.dirname, '../..');

/** Made by tools or by runs, not by us. */
const NOT_OURS = new Set(['.git', 'node_modules', 'cdk.out', 'coverage', '.trivet']);

/** A node of the syntax tree; swc gives many kinds, of which the rules know a few by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Source {
  /** From the root, with slashes: `lib/flow/pull.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  /** Line of a byte offset of the tree. */
  lineAt(offset: number): number;
}

/** Every file below the given folders of the project ('' is the whole of it), sorted. */
export function listFiles(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter(({ name }) => !NOT_OURS.has(name))
      .flatMap((entry) => {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        return entry.isDirectory() ? listFiles(path) : [path];
      })
      .toSorted(),
  );
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** TypeScript that people write: no generated files, no declarations of types alone. */
export function listSources(...folders: readonly string[]): readonly Source[] {
  return listFiles(...folders)
    .filter((path) => path.endsWith('.ts') && !/\.(generated|d)\.ts$/.test(path))
    .map((path) => parseSource(path, readText(path)));
}

export function parseSource(path: string, text: string): Source {
  const bytes = Buffer.from(text);
  const lineEnds = [...bytes.keys()].filter((index) => bytes[index] === 0x0a);
  return {
    path,
    text,
    program: parseSync(text, { syntax: 'typescript', target: 'es2022' }) as unknown as SyntaxNode,
    // swc counts from 1.
    lineAt: (offset) => lineEnds.filter((end) => end < offset - 1).length + 1,
  };
}

/** Calls `visit` with every node, parents first, and its parents from the outermost to the nearest. */
export function walk(
  node: unknown,
  visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void,
  parents: readonly SyntaxNode[] = [],
): void {
  if (Array.isArray(node)) {
    for (const each of node as unknown[]) walk(each, visit, parents);
  } else if (isObject(node)) {
    const isNode = isSyntaxNode(node);
    if (isNode) visit(node, parents);
    const around = isNode ? [...parents, node] : parents;
    for (const each of Object.values(node)) walk(each, visit, around);
  }
}

export function spanOf(node: SyntaxNode): { readonly start: number; readonly end: number } {
  const { span } = node;
  if (!isObject(span)) throw new Error(`a ${node.type} without a place`);
  return { start: Number(span['start']), end: Number(span['end']) };
}

export const isSyntaxNode = (value: unknown): value is SyntaxNode =>
  isObject(value) && typeof value['type'] === 'string';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
