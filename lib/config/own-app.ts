/** An app whose connector the user brings along: `ownApp({ connector, secret: 'phone-book', options: { … } })`. */
import * as z from 'zod';
import type { Connector, ConnectorOptions } from '../ports/connector.ts';
import type { AppConfig } from './model.ts';

export function ownApp(own: {
  readonly connector: Connector;
  /** Name of the secret holding the credentials. */
  readonly secret: string;
  readonly options?: ConnectorOptions;
}): AppConfig {
  const { connector, secret, options = {} } = own;
  return {
    kind: 'own',
    secret,
    capabilities: connector.capabilities,
    options,
    connector,
    rules: {
      object: `${connector.name} ${connector.objectOf(options)}`,
      schema: z.looseObject({}).superRefine((_given, context) => {
        const problem = connector.checkOptions(options);
        if (problem === null) return;
        context.addIssue({ code: 'custom', path: [problem.option], message: problem.remedy });
      }),
      given: options,
      matchFields: connector.matchPaths,
      fieldNames: connector.paths,
      checkField: (path, type) => connector.checkField(path, type.name),
    },
  };
}
