/** An app of the user's own: its connector comes with the configuration, and is asked what the configuration may say. */
import { phoneBook, phoneBookConnector } from '../../examples/phone-book/connector.ts';
import { readEnvironmentSecrets } from '../../lib/cli/environment-secrets.ts';
import { defineTrivet, phone, postgres, text } from '../../lib/config/index.ts';
import type { TrivetConfig } from '../../lib/config/model.ts';
import { createReplica, createVerifier, createWebhooks } from '../../lib/connectors/registry.ts';
import { createMemoryRates } from '../support/rates.ts';

const configOf = (path: string, book = 'office', secret = 'phone-book'): TrivetConfig =>
  defineTrivet({
    crm: postgres({ secret: 'crm/database' }),
    apps: { reception: phoneBook({ book, secret }) },
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'reception',
        match: { phone: 'phone' },
        fields: {
          phone: { app: 'phone', type: phone(), owner: 'crm' },
          full_name: { app: path, type: text(), owner: 'crm' },
        },
      },
    ],
  });

const clock = { now: () => 0, sleep: () => Promise.resolve() };
const plenty = { remainingMs: () => 60_000 };

function replicaWith(secret: unknown) {
  const app = phoneBook({ book: 'office', secret: 's' });
  return createReplica({
    app,
    secret,
    paths: [],
    clock,
    processes: 3,
    installation: 'main',
    rates: createMemoryRates(),
  });
}

describe('an app of the user’s own', () => {
  test('is accepted, with what its connector declares', () => {
    expect(configOf('name').apps['reception']).toMatchObject({
      kind: 'own',
      capabilities: phoneBookConnector.capabilities,
      options: { book: 'office' },
    });
  });

  test('refuses a path its connector does not know, with the place and the remedy', () => {
    expect(() => configOf('nmae')).toThrow(
      'syncs.0.fields.full_name.app: a phone book has no “nmae”; there is name, phone, city',
    );
  });

  test('refuses options and secrets that cannot be used', () => {
    expect(() => configOf('name', '')).toThrow(
      'apps.reception.book: found “”; name the book as its first line does',
    );
    expect(() => configOf('name', 'office', '')).toThrow('apps.reception.secret: names no secret');
  });

  test('gets its secret from its own variables', () => {
    const config = configOf('name');
    const crm = { CRM_DATABASE_URL: 'postgres://u:p@127.0.0.1:5/crm' };
    expect(readEnvironmentSecrets(config, crm).problems).toEqual([
      'PHONE_BOOK_PATH is not set (app reception).',
    ]);
    const set = readEnvironmentSecrets(config, { ...crm, PHONE_BOOK_PATH: '/tmp/book.csv' });
    expect(set.values['phone-book']).toBe('{"path":"/tmp/book.csv"}');
  });

  test('halts with a sentence where its secret leads nowhere', async () => {
    const replica = replicaWith({});
    expect(replica.object).toBe('office');
    expect(await replica.identify(plenty)).toMatchObject({
      kind: 'halted',
      reason: 'The phone book’s secret must be JSON: { "path": "…/book.csv" }.',
    });
  });

  test('without a webhook of its own is rung by nobody', () => {
    const app = phoneBook({ book: 'office', secret: 's' });
    const request = { method: 'POST', path: '/', headers: {}, body: new Uint8Array() };
    const verify = createVerifier(app, []);
    expect(verify(request, { signing: ['secret'], path: null }, 0)).toMatchObject({
      kind: 'refused',
      status: 404,
    });
    expect(createWebhooks({ app, secret: {}, clock, rates: createMemoryRates() })).toMatchObject({
      kind: 'halted',
    });
  });
});
