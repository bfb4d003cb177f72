/** Member ↔ record. */
import {
  checkPath,
  listingFields,
  observeMember,
  shapeBulkUpdate,
  shapeCreate,
  shapeProfile,
  statusFor,
  subscriberHash,
  toCreateRequest,
  toCreateRow,
} from '../../../lib/connectors/mailchimp/mapping.ts';
import type { MergeFields } from '../../../lib/connectors/mailchimp/merge-fields.ts';

const live: MergeFields = new Map(
  [
    { tag: 'FNAME', type: 'text' },
    { tag: 'BDAY', type: 'birthday' },
  ].map((field) => [field.tag, { ...field, name: field.tag, options: undefined }]),
);

describe('an observation', () => {
  const member = {
    contact_id: 'c1',
    email_address: 'Ada@mail.test',
    status: 'subscribed',
    merge_fields: { FNAME: '', AGE: 36, ADDR: { city: 'Ada' } },
    tags: [{ name: 'vip' }],
    tags_count: 1,
    last_changed: '2026-03-14T12:00:00+00:00',
    timestamp_opt: '2026-03-14T11:00:00+00:00',
    language: 'en',
  };
  const paths = ['email_address', 'status', 'tags', 'merge_fields.FNAME', 'merge_fields.AGE'];
  const seen = observeMember(member, paths, 5);

  test('holds raw values of the mapped paths only, an empty string as no value', () => {
    expect(seen).toEqual({
      remoteId: 'c1',
      existence: 'present',
      raw: {
        email_address: 'Ada@mail.test',
        status: 'subscribed',
        tags: ['vip'],
        'merge_fields.FNAME': null,
        'merge_fields.AGE': 36,
      },
      version: Date.UTC(2026, 2, 14, 12),
      optInAt: Date.UTC(2026, 2, 14, 11),
      beganAt: 5,
    });
  });

  test('does not hold a merge field the audience does not have', () => {
    expect(observeMember(member, ['merge_fields.GONE'], 0).raw).toEqual({});
  });

  test('does not hold tags when not all are shown', () => {
    expect(observeMember({ ...member, tags_count: 51 }, ['tags'], 0).raw).toEqual({});
  });

  test('of an archived member does not hold the consent it hides', () => {
    const archived = observeMember({ ...member, status: 'archived' }, ['status'], 0);
    expect(archived).toMatchObject({ existence: 'archived', raw: {}, optInAt: null });
  });

  test('has no opt-in unless the member is subscribed now', () => {
    expect(observeMember({ ...member, status: 'unsubscribed' }, [], 0).optInAt).toBeNull();
  });

  test('of a batch names no contact, and times may be missing', () => {
    const { contact_id: _, ...row } = { ...member, last_changed: '' };
    expect(observeMember(row, [], 0)).toMatchObject({ remoteId: null, version: null });
  });
});

describe('a create', () => {
  const fields = {
    email_address: ' ada@mail.test',
    status: 'subscribed',
    tags: ['vip'],
    'merge_fields.FNAME': 'Ada',
    'merge_fields.BDAY': null,
  };

  test('carries the consent as status where it must not touch anybody who is there', () => {
    const shaped = shapeCreate(fields, live);
    if (!shaped.ok) throw new Error(shaped.reason);
    const common = {
      email_address: 'ada@mail.test',
      merge_fields: { FNAME: 'Ada' },
      tags: ['vip'],
    };
    expect(toCreateRequest(shaped.value)).toEqual({ ...common, status: 'subscribed' });
    expect(toCreateRow(shaped.value)).toEqual({ ...common, status_if_new: 'subscribed' });
  });

  test.each([null, '', 'nobody'])('needs an address, not %j', (email) => {
    expect(shapeCreate({ ...fields, email_address: email }, live)).toMatchObject({
      ok: false,
      path: 'email_address',
    });
  });

  test('without a mapped consent is transactional', () => {
    const shaped = shapeCreate({ email_address: 'a@mail.test' }, live);
    expect(shaped).toMatchObject({ value: { status: 'transactional' } });
  });
});

test.each([
  ['subscribed', 'subscribed'],
  ['unsubscribed', 'unsubscribed'],
  ['cleaned', 'cleaned'],
  ['complained', 'unsubscribed'],
  ['pending', 'transactional'],
  ['transactional', 'transactional'],
  [null, 'transactional'],
])('the consent %p is the status %s', (consent, status) => {
  expect(statusFor(consent)).toBe(status);
});

describe('a profile write', () => {
  test('clears with an empty string and names the first value that has no form', () => {
    expect(shapeProfile({ 'merge_fields.FNAME': null, language: 'de', vip: 'true' }, live)).toEqual(
      {
        ok: true,
        value: { merge_fields: { FNAME: '' }, language: 'de', vip: true },
      },
    );
    expect(shapeProfile({ 'merge_fields.BDAY': 'x' }, live)).toMatchObject({
      path: 'merge_fields.BDAY',
    });
    expect(shapeProfile({ 'merge_fields.NEW': 'x' }, live)).toMatchObject({
      path: 'merge_fields.NEW',
      reason: expect.stringContaining('no merge field NEW') as unknown,
    });
  });

  test.each(['status', 'tags', 'email_address'])('never carries %s', (path) => {
    expect(() => shapeProfile({ [path]: 'x' }, live)).toThrow(path);
  });

  test('in bulk makes no subscriber by accident', () => {
    expect(shapeBulkUpdate('a@mail.test', { 'merge_fields.FNAME': 'A' }, live)).toEqual({
      ok: true,
      value: {
        email_address: 'a@mail.test',
        status_if_new: 'transactional',
        merge_fields: { FNAME: 'A' },
      },
    });
  });
});

test('a listing asks for what is mapped and what it needs itself', () => {
  expect(listingFields(['tags', 'merge_fields.A', 'merge_fields.B', 'email_address'])).toBe(
    'members.contact_id,members.email_address,members.status,members.last_changed,members.timestamp_opt,members.tags,members.tags_count,members.merge_fields',
  );
});

test('paths are checked with a remedy', () => {
  expect(checkPath('merge_fields.FNAME')).toBeNull();
  expect(checkPath('status')).toBeNull();
  expect(checkPath('merge_fields.fname')).toContain('merge_fields.TAG');
  expect(checkPath('contact_id')).toContain('email_address');
});

test('the subscriber hash is Mailchimp’s: MD5 of the lower-cased address', () => {
  expect(subscriberHash(' Urist.McVankab@freddiesjokes.com')).toBe(
    '62eeb292278cc15f5817cb78f7790b08',
  );
});
