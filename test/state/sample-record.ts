/** One contact of the sample sync, as it looks after a quiet first sync: eight fields of ordinary sizes. */
import type { CrmKey, Pair, RecordState, RemoteId } from '../../lib/engine/model.ts';
import type { Value } from '../../lib/engine/value.ts';

const agreed = (value: Value): Pair => ({ c: value, r: value });

export const samplePairs: Readonly<Record<string, Pair>> = {
  'email>email_address:email': agreed('annabelle.hutchinson@example-company.com'),
  'first_name>merge_fields.FNAME:text{"maxBytes":255}': agreed('Annabelle'),
  'last_name>merge_fields.LNAME:text{"maxBytes":255}': agreed('Hutchinson-Smythe'),
  'phone>merge_fields.PHONE:phone{"region":"US"}': agreed('+12025550143'),
  'company>merge_fields.COMPANY:text{"maxBytes":255}': agreed('Consolidated Example Works Ltd.'),
  'city>merge_fields.CITY:text{"maxBytes":255}': agreed('San Francisco'),
  'email_status>status:consent': agreed('subscribed'),
  'tags>tags:set': agreed(['customer', 'newsletter', 'vip-2024']),
};

export function sampleRecord(more: Partial<RecordState> = {}): RecordState {
  return {
    key: '1042' as CrmKey,
    remoteId: '0f2d9e1c7a5b4c3d8e9f0a1b2c3d4e5f' as RemoteId,
    link: 'linked',
    shadow: { existence: { c: 'present', r: 'present' }, pairs: samplePairs },
    intent: null,
    parked: {},
    parking: null,
    fights: {},
    withdrawnAt: null,
    wroteAt: 1_790_000_000_000,
    appVersion: 1_790_000_001_000,
    archivedByUs: false,
    deletedAt: null,
    ...more,
  };
}
