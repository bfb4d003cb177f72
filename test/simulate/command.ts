/** `npm run simulate` and `npm run model` as a person at a prompt uses them. */
import { join } from 'node:path';
import { PROJECT_ROOT, runScript, type Ran } from '../support/trivet-command.ts';

export const simulate = (args: readonly string[], root = PROJECT_ROOT): Promise<Ran> =>
  runScript(join(root, 'simulate/main.ts'), args, root);

export const model = (args: readonly string[], root = PROJECT_ROOT): Promise<Ran> =>
  runScript(join(root, 'simulate/model/main.ts'), args, root);
