/** What one more app in the configuration adds to the stack: its queue and function, its schedule and its webhook, and nothing else. */
import { defineTrivet, dialpad, phone, postgres, text } from '../../lib/config/index.ts';
import type { TrivetConfig } from '../../lib/config/model.ts';
import fixture from './fixtures/trivet.config.ts';
import { synthesize } from './fixtures/synthesize.ts';

const { apps, syncs } = defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: { calls: dialpad({ company: '42', secret: 'dialpad' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'calls',
      match: { phone: 'phones.primary' },
      fields: {
        phone: { app: 'phones.primary', type: phone(), owner: 'crm' },
        first_name: { app: 'first_name', type: text(), owner: 'crm' },
      },
    },
  ],
});

const withCalls: TrivetConfig = {
  ...fixture,
  apps: { ...fixture.apps, ...apps },
  syncs: [...fixture.syncs, ...syncs],
};

type Resources = Readonly<Record<string, { readonly Type: string }>>;

const resourcesOf = (config: TrivetConfig): Resources =>
  synthesize({ config }).toJSON()['Resources'] as Resources;

test('Dialpad adds what its sync needs, and no table, door or permission of anybody else’s', () => {
  const [before, after] = [resourcesOf(fixture), resourcesOf(withCalls)];
  const added = Object.keys(after).filter((name) => !(name in before));
  expect(Object.keys(before).filter((name) => !(name in after))).toEqual([]);
  const counts: Record<string, number> = {};
  for (const name of added) {
    expect(name).toMatch(/calls/i);
    const type = after[name]?.Type ?? '';
    counts[type] = (counts[type] ?? 0) + 1;
  }
  expect(counts).toMatchObject({
    'AWS::SQS::Queue': 2,
    'AWS::Lambda::Function': 1,
    'AWS::Lambda::EventSourceMapping': 1,
    'AWS::Scheduler::Schedule': 1,
  });
  const changed = Object.keys(before).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  // The pull is told of the new queue and secret, and may use them.
  expect(changed.filter((name) => !name.startsWith('Pull'))).toEqual([]);
});
