/**
 * What one app more adds to the template: its queue, its function with what that may do, its schedule, its doorbell and,
 * where it rings, its webhook; nothing else. Of what was there before only the pull knows of it: it reads its secret and sends to its queue.
 */
import { dialpad } from '../../lib/connectors/dialpad/config.ts';
import { meta } from '../../lib/connectors/meta/config.ts';
import type { AppConfig, TrivetConfig } from '../../lib/config/model.ts';
import { CONFIG, resourcesOf, shortId, synthesize } from './fixtures/synthesize.ts';

const [first] = CONFIG.syncs;
if (first === undefined) throw new Error('the fixture has no sync');

const withApp = (name: string, app: AppConfig): TrivetConfig => ({
  ...CONFIG,
  apps: { ...CONFIG.apps, [name]: app },
  syncs: [
    ...CONFIG.syncs,
    {
      ...first,
      spec: { ...first.spec, name: `contacts-${name}` },
      app: name,
      lanes: 1,
      scheduleMinutes: 5,
    },
  ],
});

type Resources = Readonly<Record<string, { readonly Type: string }>>;

const before = synthesize();
const resources = (template: typeof before): Resources =>
  template.toJSON()['Resources'] as Resources;

/** Ids without the hashes of the code, which know nothing of the app. */
function differences(after: typeof before): { added: string[]; changed: string[]; gone: string[] } {
  const [old, now] = [byShortId(before), byShortId(after)];
  const ids = [...now.keys()].toSorted();
  return {
    added: ids.filter((id) => !old.has(id)),
    changed: ids.filter((id) => old.has(id) && old.get(id) !== now.get(id)),
    gone: [...old.keys()].filter((id) => !now.has(id)),
  };
}

const byShortId = (template: typeof before): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(resources(template)).map(([id, resource]) => [
      `${resource.Type.replace('AWS::', '')} ${shortId(id)}`,
      JSON.stringify(resource).replace(/[0-9a-f]{64}/g, 'HASH'),
    ]),
  );

describe('an app that shows nobody', () => {
  const after = synthesize({
    config: withApp('ads', meta({ audience: '6123456789012', secret: 'meta/ads' })),
  });

  test('adds its queue, its function, its alarm, its schedule and its doorbell, and no webhook', () => {
    expect(differences(after)).toMatchSnapshot();
  });

  test('is given time for its page, and its own secret alone', () => {
    const functions = resourcesOf(after, 'AWS::Lambda::Function');
    const apply = functions['ApplycontactsadsApplyFunction'];
    expect(apply?.Properties).toMatchObject({ Timeout: 150 });
    expect(JSON.stringify(apply?.Properties['Environment'])).toContain('meta/ads');
    expect(JSON.stringify(functions['ApplycontactsnewsApplyFunction'])).not.toContain('meta/ads');
  });
});

describe('an app that rings', () => {
  const after = synthesize({
    config: withApp('calls', dialpad({ company: '5012345678901234', secret: 'dialpad/calls' })),
  });

  test('adds its webhook besides, and takes nothing away', () => {
    expect(differences(after)).toMatchSnapshot();
  });

  test('is given its own secret alone, and the others are not given it', () => {
    const functions = resourcesOf(after, 'AWS::Lambda::Function');
    const environment = (id: string): string =>
      JSON.stringify(functions[id]?.Properties['Environment']);
    expect(environment('ApplycontactscallsApplyFunction')).toContain('dialpad/calls');
    expect(environment('ApplycontactsnewsApplyFunction')).not.toContain('dialpad/calls');
  });
});
