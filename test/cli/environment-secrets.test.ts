/** Secrets from the environment: which variable makes which, and that all that is missing is told at once. */
import { readEnvironmentSecrets } from '../../lib/cli/environment-secrets.ts';
import { defineTrivet, email, mailchimp, postgres } from '../../lib/config/index.ts';
import type { TrivetConfig } from '../../lib/config/model.ts';

/** By app: the name of its secret. */
function configOf(secrets: Readonly<Record<string, string>>): TrivetConfig {
  const names = Object.keys(secrets);
  return defineTrivet({
    crm: postgres({ secret: 'crm/database' }),
    apps: Object.fromEntries(
      names.map((app) => [app, mailchimp({ audience: app, secret: secrets[app] ?? '' })]),
    ),
    syncs: names.map((app) => ({
      table: 'contacts',
      key: 'id',
      app,
      match: { email: 'email_address' as const },
      lanes: 2,
      fields: {
        email: {
          app: 'email_address' as const,
          type: email(),
          owner: 'crm' as const,
        },
      },
    })),
  });
}

const CRM = { CRM_DATABASE_URL: 'postgres://u:p@127.0.0.1:5/crm' };
const one = configOf({ news: 'mailchimp' });

describe('secrets from the environment', () => {
  test('one app takes the plain names', () => {
    const variables = {
      ...CRM,
      MAILCHIMP_API_KEY: 'k-us1',
      MAILCHIMP_BASE_URL: 'http://127.0.0.1:1',
    };
    expect(readEnvironmentSecrets(one, variables)).toEqual({
      values: {
        'crm/database': '{"url":"postgres://u:p@127.0.0.1:5/crm"}',
        mailchimp: '{"apiKey":"k-us1","baseUrl":"http://127.0.0.1:1"}',
      },
      doorbellKey: null,
      problems: [],
    });
  });

  test('two audiences of one account share the secret, and so the plain name', () => {
    const config = configOf({ news: 'mailchimp', sales: 'mailchimp' });
    const { values, problems } = readEnvironmentSecrets(config, {
      ...CRM,
      MAILCHIMP_API_KEY: 'k-us1',
    });
    expect({ problems, mailchimp: values['mailchimp'] }).toEqual({
      problems: [],
      mailchimp: '{"apiKey":"k-us1"}',
    });
  });

  test('with two accounts a plain name would be a guess: each variable carries its app’s name', () => {
    const config = configOf({ news: 'mailchimp/a', sales: 'mailchimp/b' });
    const plain = readEnvironmentSecrets(config, { ...CRM, MAILCHIMP_API_KEY: 'k-us1' });
    expect(plain.problems).toEqual([
      'MAILCHIMP_API_KEY_NEWS is not set (app news).',
      'MAILCHIMP_API_KEY_SALES is not set (app sales).',
    ]);
    const named = { ...CRM, MAILCHIMP_API_KEY_NEWS: 'a-us1', MAILCHIMP_API_KEY_SALES: 'b-us2' };
    expect(readEnvironmentSecrets(config, named)).toMatchObject({
      values: { 'mailchimp/a': '{"apiKey":"a-us1"}', 'mailchimp/b': '{"apiKey":"b-us2"}' },
      problems: [],
    });
  });

  test('an OAuth token comes with its server', () => {
    const token = { ...CRM, MAILCHIMP_ACCESS_TOKEN: 't' };
    expect(readEnvironmentSecrets(one, token).problems).toEqual([
      'MAILCHIMP_SERVER is not set (app news).',
    ]);
    const { values } = readEnvironmentSecrets(one, { ...token, MAILCHIMP_SERVER: 'us1' });
    expect(values['mailchimp']).toBe('{"accessToken":"t","server":"us1"}');
  });

  test('everything that is wrong is told at once, and no value', () => {
    const variables = { CRM_DATABASE_URL: 'mysql://u:hidden@h/d', TRIVET_DOORBELL_KEY: 'hidden' };
    const { problems } = readEnvironmentSecrets(one, { ...variables, MAILCHIMP_API_KEY: '' });
    expect(problems).toEqual([
      'CRM_DATABASE_URL must be postgres://user:password@host:port/database.',
      'MAILCHIMP_API_KEY is not set (app news).',
      'TRIVET_DOORBELL_KEY must have at least 16 characters.',
    ]);
    expect(problems.join()).not.toContain('hidden');
  });
});
