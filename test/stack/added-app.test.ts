/** What one app more adds to the template: its queue, its function, its schedule, and nothing else. */
import { meta } from '../../lib/connectors/meta/config.ts';
import type { TrivetConfig } from '../../lib/config/model.ts';
import { CONFIG, resourcesOf, shortId, synthesize } from './fixtures/synthesize.ts';

const [first] = CONFIG.syncs;
if (first === undefined) throw new Error('the fixture has no sync');

const withMeta: TrivetConfig = {
  ...CONFIG,
  apps: { ...CONFIG.apps, ads: meta({ audience: '6123456789012', secret: 'meta/ads' }) },
  syncs: [
    ...CONFIG.syncs,
    {
      ...first,
      spec: { ...first.spec, name: 'contacts-ads' },
      app: 'ads',
      lanes: 1,
      scheduleMinutes: 5,
    },
  ],
};

describe('an app that shows nobody', () => {
  const [before, after] = [synthesize(), synthesize({ config: withMeta })];
  const idsOf = (template: typeof before): readonly string[] =>
    Object.entries(template.toJSON()['Resources'] as Record<string, { readonly Type: string }>).map(
      ([id, { Type }]) => `${Type.replace('AWS::', '')} ${shortId(id)}`,
    );

  test('adds its queue, its function, its alarm, its schedule and its doorbell, and no webhook', () => {
    const known = new Set(idsOf(before));
    expect(
      idsOf(after)
        .filter((id) => !known.has(id))
        .sort(),
    ).toMatchSnapshot();
    expect([...known].filter((id) => !idsOf(after).includes(id))).toEqual([]);
  });

  test('is given time for its page, and its own secret alone', () => {
    const functions = resourcesOf(after, 'AWS::Lambda::Function');
    const apply = functions['ApplycontactsadsApplyFunction'];
    expect(apply?.Properties).toMatchObject({ Timeout: 150 });
    expect(JSON.stringify(apply?.Properties['Environment'])).toContain('meta/ads');
    expect(JSON.stringify(functions['ApplycontactsnewsApplyFunction'])).not.toContain('meta/ads');
  });
});
