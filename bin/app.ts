/** The CDK app. What may be chosen with `-c name=value`: lib/stack/settings.ts. */
import '../lib/config/lend-trivet.ts';
import { resolve } from 'node:path';
import { synthesizeTrivet } from '../lib/stack/synthesis.ts';

await synthesizeTrivet(resolve(import.meta.dirname, '..'));
