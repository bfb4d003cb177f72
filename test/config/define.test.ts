/** What a configuration may say about several syncs of one account. */
import { defineTrivet, email, mailchimp, postgres } from '../../lib/config/index.ts';
import { processesOf } from '../../lib/config/model.ts';

const sync = <App extends 'news' | 'offers'>(app: App, lanes: number) =>
  ({
    table: app,
    key: 'id',
    app,
    match: { email: 'email_address' },
    fields: { email: { app: 'email_address', type: email(), owner: 'crm' } },
    lanes,
  }) as const;

const define = (lanes: number, otherSecret = 'mailchimp') =>
  defineTrivet({
    crm: postgres({ secret: 'crm' }),
    apps: {
      news: mailchimp({ audience: 'a1', secret: 'mailchimp' }),
      offers: mailchimp({ audience: 'a2', secret: otherSecret }),
    },
    syncs: [sync('news', lanes), sync('offers', lanes)],
  });

describe('two audiences of one account', () => {
  test('share its connections: more lanes and pulls than those are refused with the remedy', () => {
    expect(() => define(4)).toThrow(
      'the secret “mailchimp” are 10 processes, and mailchimp allows 8 calls at once; give its syncs fewer lanes',
    );
    const config = define(3);
    expect(Object.values(config.apps).map((app) => processesOf(config, app))).toEqual([8, 8]);
  });

  test('of different accounts have each their own', () => {
    const config = define(4, 'another account');
    expect(Object.values(config.apps).map((app) => processesOf(config, app))).toEqual([5, 5]);
  });
});
