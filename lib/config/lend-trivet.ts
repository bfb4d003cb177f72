/**
 * For the processes that load a configuration: where Trivet is not installed beside it, `import … from 'trivet'`
 * means the one that loads it; and it is a module, whatever the package.json around it says of other files: `npm init`
 * writes there that they are none. Imported for its effect, before anything loads a configuration.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const OWN_INDEX = pathToFileURL(resolve(import.meta.dirname, 'index.ts')).href;

registerHooks({
  resolve: (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if (specifier !== 'trivet') throw error;
      return { url: OWN_INDEX, shortCircuit: true };
    }
  },
  load: (url, context, next) =>
    next(
      url,
      context.format === 'commonjs-typescript'
        ? { ...context, format: 'module-typescript' }
        : context,
    ),
});
