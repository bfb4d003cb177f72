/** Writes docs/configuration.md: `npm run docs:config`, after each change of an option or of its words. */
import { writeFileSync } from 'node:fs';
import { readReferenceParts } from './reference-parts.ts';
import { writeConfigReference } from './reference.ts';

writeFileSync(
  new URL('../../docs/configuration.md', import.meta.url),
  writeConfigReference(readReferenceParts()),
);
