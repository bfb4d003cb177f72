/** What the configuration says of the CRM’s database. */
import * as z from 'zod';
import { columns, text, words } from './option-words.ts';

export const crmShape = z.strictObject({
  secret: text.meta(
    words({
      description:
        'Name of the secret with `{ "url": "postgres://…" }` in Secrets Manager; `trivet local` takes `CRM_DATABASE_URL` instead.',
      example: "'crm/database'",
    }),
  ),
  capture: z.enum(['log', 'timestamp']).meta(
    words({
      description:
        'How changes are found: `log`, a change log filled by triggers; `timestamp`, where no trigger is allowed, by each ' +
        'table’s own timestamp ([what it does not see](capture-by-timestamp.md)).',
      default: "'log'",
      example: "'timestamp'",
    }),
  ),
  network: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('public') }),
      z.strictObject({
        kind: z.literal('vpc'),
        vpcId: text,
        subnetIds: columns.min(1, 'is empty; name the subnets'),
        securityGroupIds: columns,
      }),
    ])
    .meta(
      words({
        description:
          'Where the functions run: `publicNetwork` (verified TLS to a hosted Postgres) or `vpc({ … })`, your subnets with a way out to the internet.',
        default: '`publicNetwork`',
        form: 'object',
        example:
          "vpc({ vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] })",
      }),
    ),
});
