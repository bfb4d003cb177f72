/** Writes docs/cli.md: `npm run docs:cli`, after each change of a command’s words. */
import { writeFileSync } from 'node:fs';
import { createProgram } from './main.ts';
import { writeReference } from './reference.ts';

writeFileSync(new URL('../../docs/cli.md', import.meta.url), writeReference(createProgram()));
