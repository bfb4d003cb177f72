/** What Dialpad sends, in every form it is known or feared to send it. */
import {
  blockedNumbersSchema,
  companySchema,
  contactsSchema,
  optOutsSchema,
} from '../../../lib/connectors/dialpad/wire.ts';

describe('a page', () => {
  test.each([[{}], [{ items: null, cursor: null }], [{ items: [], cursor: '' }]])(
    'of nothing is %j',
    (body) => {
      expect(contactsSchema.parse(body)).toEqual({ items: [], cursor: null });
      expect(blockedNumbersSchema.parse(body)).toEqual({ items: [], cursor: null });
      expect(optOutsSchema.parse(body)).toEqual({ items: [], cursor: null });
    },
  );

  test('keeps the rows that can be read', () => {
    const rows = [{ id: '1' }, null, { id: null }, 'x', { id: 2 }, { first_name: 'Nobody' }];
    const page = contactsSchema.parse({ items: rows, cursor: 'next' });
    expect(page.items.map(({ id }) => id)).toEqual(['1', '2']);
    expect(page.cursor).toBe('next');
  });

  test('that is no page is none', () => {
    for (const body of [null, [], 'x', { items: {} }, { items: [], cursor: 7 }]) {
      expect(contactsSchema.safeParse(body).success).toBe(false);
    }
  });
});

test('a contact is whole, however little of it was sent', () => {
  const [contact] = contactsSchema.parse({
    items: [{ id: '1', job_title: null, phones: null }],
  }).items;
  expect(contact).toEqual({
    id: '1',
    first_name: '',
    last_name: '',
    company_name: '',
    job_title: '',
    extension: '',
    trunk_group: '',
    phones: [],
    emails: [],
    urls: [],
    type: '',
  });
});

test('a company’s id is text, whichever way it came', () => {
  expect(companySchema.parse({ id: 957, name: 'A', state: 'active' })).toEqual({
    id: '957',
    name: 'A',
    state: 'active',
  });
  expect(companySchema.parse({ id: '957' })).toEqual({ id: '957', name: '', state: '' });
});

test('an opt-out without a time is one all the same', () => {
  const row = { external_endpoint: '+14155550100', opt_out_state: 'opted_out' };
  const { items } = optOutsSchema.parse({
    items: [row, { ...row, date: 5 }, { ...row, date: 'x' }],
  });
  expect(items.map(({ date }) => date)).toEqual([null, 5, null]);
});
