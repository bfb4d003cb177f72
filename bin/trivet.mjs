#!/usr/bin/env node
/**
 * Starts bin/trivet.ts on a Node that runs TypeScript. `npx trivet` brings one on the PATH; called
 * directly on an older Node, this hands over to the one that the package carries.
 *
 * Node runs no TypeScript below node_modules, nor is the lockfile there that functions are bundled by: a copy
 * of the package says so, before Node does in words of its own.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const entry = fileURLToPath(new URL('./trivet.ts', import.meta.url));

if (entry.split(sep).includes('node_modules')) {
  console.error(
    `trivet cannot run as a copy in ${dirname(dirname(entry))}: it is run from a checkout of its repository. ` +
      'Clone that, run npm ci in it, and here npm install <its directory>, which makes a link.',
  );
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import('./trivet.ts');
} else {
  const child = spawn(carriedNode(), [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}

function carriedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    console.error(
      `trivet needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}, and the package ${name} is not installed.`,
    );
    process.exit(1);
  }
}
