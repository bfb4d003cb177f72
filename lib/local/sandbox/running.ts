/**
 * Where a running sandbox can be found: one file per sandbox in `.trivet/running` of the directory it was
 * started in, gone when the sandbox stops.
 */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readStack, tellStack, type RunningStack } from '../running-stack.ts';
import type { Sandbox } from './sandbox.ts';

const FOLDER = join('.trivet', 'running');

/** Writes the file; the answer takes it away again. */
export function announceSandbox(sandbox: Sandbox, dir: string): () => void {
  const { configPath, services, runtime, description } = sandbox;
  // Sandboxes that were killed could not clean up after themselves.
  readFolder(join(dir, FOLDER));
  const path = join(dir, FOLDER, `${process.pid}.json`);
  tellStack(path, {
    mode: 'sandbox',
    configPath,
    control: description.control,
    endpoint: sandbox.endpoint,
    services,
    runtime,
  });
  return () => rmSync(path, { force: true });
}

/** The sandboxes running in the nearest directory, from here upwards, that has any. */
export function findSandboxes(fromDir: string): readonly RunningStack[] {
  for (let dir = resolve(fromDir); ; dir = dirname(dir)) {
    const found = readFolder(join(dir, FOLDER));
    if (found.length > 0 || dir === dirname(dir)) return found;
  }
}

function readFolder(folder: string): readonly RunningStack[] {
  return listFolder(folder).flatMap((name) => {
    const path = join(folder, name);
    const read = readStack(path);
    if (read.kind === 'ended') rmSync(path, { force: true });
    return read.kind === 'running' ? [read.stack] : [];
  });
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    // Nobody started a sandbox here.
    return [];
  }
}
