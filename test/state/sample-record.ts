/** One contact of the sample sync, as it looks after a quiet first sync: eight fields of ordinary sizes. */
import { fieldFingerprint } from '../../lib/engine/fingerprint.ts';
import type { CrmKey, Pair, RecordState, RemoteId } from '../../lib/engine/model.ts';
import { consent, email, phone, tags, text } from '../../lib/engine/types/index.ts';
import type { Value } from '../../lib/engine/value.ts';

const agreed = (value: Value): Pair => ({ c: value, r: value });

export const sampleFields = {
  email: fieldFingerprint('email', 'email_address', email()),
  firstName: fieldFingerprint('first_name', 'merge_fields.FNAME', text({ maxBytes: 255 })),
  lastName: fieldFingerprint('last_name', 'merge_fields.LNAME', text({ maxBytes: 255 })),
  phone: fieldFingerprint('phone', 'merge_fields.PHONE', phone({ defaultCountry: 'US' })),
  company: fieldFingerprint('company', 'merge_fields.COMPANY', text({ maxBytes: 255 })),
  city: fieldFingerprint('city', 'merge_fields.CITY', text({ maxBytes: 255 })),
  status: fieldFingerprint('email_status', 'status', consent()),
  tags: fieldFingerprint('tags', 'tags', tags()),
};

export const samplePairs: Readonly<Record<string, Pair>> = {
  [sampleFields.email]: agreed('annabelle.hutchinson@example-company.com'),
  [sampleFields.firstName]: agreed('Annabelle'),
  [sampleFields.lastName]: agreed('Hutchinson-Smythe'),
  [sampleFields.phone]: agreed('+12025550143'),
  [sampleFields.company]: agreed('Consolidated Example Works Ltd.'),
  [sampleFields.city]: agreed('San Francisco'),
  [sampleFields.status]: agreed('subscribed'),
  [sampleFields.tags]: agreed(['customer', 'newsletter', 'vip-2024']),
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
    withheld: null,
    passed: [],
    renewal: 0,
    ledger: null,
    ...more,
  };
}
