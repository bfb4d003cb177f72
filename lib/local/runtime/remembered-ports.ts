/** Keeps the ports of the HTTP APIs over restarts: others have their URLs written down. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpDoor } from './http-door.ts';

const fileName = 'ports.json';

export function recallPorts(dataDir: string | undefined): Readonly<Record<string, number>> {
  if (dataDir === undefined) return {};
  try {
    return JSON.parse(readFileSync(join(dataDir, fileName), 'utf8')) as Record<string, number>;
  } catch {
    // None yet: any port will do.
    return {};
  }
}

export function rememberPorts(
  dataDir: string | undefined,
  doors: ReadonlyMap<string, HttpDoor>,
): void {
  if (dataDir === undefined) return;
  mkdirSync(dataDir, { recursive: true });
  const ports = Object.fromEntries([...doors].map(([id, door]) => [id, door.port]));
  const path = join(dataDir, fileName);
  // Half a file would cost the ports, and with them the URLs that others have written down.
  writeFileSync(`${path}.new`, JSON.stringify(ports));
  renameSync(`${path}.new`, path);
}
