/** What the reference page is made of besides the schemas: an example file, and one of each kind of app. */
import { readFileSync } from 'node:fs';
import { DIALPAD_FIELD_TYPES, dialpad } from '../connectors/dialpad/config.ts';
import { MAILCHIMP_FIELD_TYPES, mailchimp } from '../connectors/mailchimp/config.ts';
import { META_FIELD_TYPES, meta } from '../connectors/meta/config.ts';
import { defineTrivet } from './define.ts';
import { ConfigError } from './problems.ts';
import type { ReferenceParts } from './reference.ts';
import { email, postgres } from './index.ts';

const SNIPPET = 'docs/snippets/typed.config.ts';

export const readReferenceParts = (): ReferenceParts => ({
  apps: [
    {
      call: 'mailchimp',
      app: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }),
      fields: MAILCHIMP_FIELD_TYPES,
    },
    {
      call: 'meta',
      app: meta({ audience: '6123456789012', secret: 'meta' }),
      fields: META_FIELD_TYPES,
    },
    {
      call: 'dialpad',
      app: dialpad({ company: '5012345678901234', secret: 'dialpad' }),
      fields: DIALPAD_FIELD_TYPES,
    },
  ],
  snippet: {
    path: SNIPPET,
    code: readFileSync(new URL(`../../${SNIPPET}`, import.meta.url), 'utf8'),
  },
  refused: refusalOf(defineWithMistakes),
});

function refusalOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    if (error instanceof ConfigError)
      return new ConfigError(error.problems, 'trivet.config.ts').message;
    throw error;
  }
  throw new Error('the configuration with mistakes was accepted');
}

const SYNC = { table: 'contacts', key: 'id', app: 'news', match: { email: 'email_address' } };

/** Told to the compiler as anything, for it would refuse the same. */
function defineWithMistakes(): unknown {
  return (defineTrivet as (input: object) => unknown)({
    crm: postgres({ secret: 'crm/database' }),
    apps: { news: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }) },
    syncs: [
      {
        ...SYNC,
        includes: () => true,
        fields: {
          email: { app: 'email_adress', type: email(), owner: 'crm' },
          work_email: { app: 'email_adress', type: email(), owner: 'CRM' },
        },
      },
    ],
  });
}
