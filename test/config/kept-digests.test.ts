/** Where `pii: 'digest'` may be said, and what it makes of the field. */
import { defineTrivet } from '../../lib/config/define.ts';
import {
  consent,
  dialpad,
  email,
  mailchimp,
  phone,
  postgres,
  tags,
  text,
} from '../../lib/config/index.ts';

/** As somebody without a compiler would. */
const define = defineTrivet as unknown as (input: object) => ReturnType<typeof defineTrivet>;

const EMAIL = { app: 'email_address', type: email(), owner: 'crm' };

const withFields = (fields: object, more: object = {}) =>
  define({
    crm: postgres({ secret: 'crm' }),
    apps: { news: mailchimp({ audience: 'a1', secret: 'mailchimp' }) },
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: EMAIL, ...fields },
        ...more,
      },
    ],
  });

const FNAME = { app: 'merge_fields.FNAME', type: text(), owner: 'crm' };

test('a plain field may be kept as a digest, and is another field than the one that keeps values', () => {
  const plain = withFields({ first_name: FNAME }).syncs[0]?.spec.fields[1];
  const kept = withFields({ first_name: { ...FNAME, pii: 'digest' } }).syncs[0]?.spec.fields[1];
  expect(kept?.pii).toBe('digest');
  expect(plain?.pii).toBeUndefined();
  expect(kept?.fingerprint).not.toBe(plain?.fingerprint);
});

test.each([
  ['the field that names the person', { email: { ...EMAIL, pii: 'digest' } }, 'email', /names the/],
  [
    'consent',
    { email_status: { app: 'status', type: consent(), owner: 'app', pii: 'digest' } },
    'email_status',
    /is consent/,
  ],
  [
    'tags',
    { tags: { app: 'tags', type: tags(), owner: 'shared', pii: 'digest' } },
    'tags',
    /is a set/,
  ],
])('is refused for %s', (_name, fields, column, why) => {
  expect(() => withFields(fields)).toThrow(why);
  expect(() => withFields(fields)).toThrow(new RegExp(`syncs\\.0\\.fields\\.${column}\\.pii`));
});

test('is refused for an app that is only listed', () => {
  const listed = (): unknown =>
    define({
      crm: postgres({ secret: 'crm' }),
      apps: { calls: dialpad({ company: '1', secret: 'dialpad' }) },
      syncs: [
        {
          table: 'contacts',
          key: 'id',
          app: 'calls',
          match: { phone: 'phones' },
          fields: {
            phone: { app: 'phones', type: phone(), owner: 'crm' },
            first_name: { app: 'first_name', type: text(), owner: 'crm', pii: 'digest' },
          },
        },
      ],
    });
  expect(listed).toThrow(/first_name goes to .*whose listings and updates need/i);
});
