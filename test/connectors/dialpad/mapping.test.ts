/** Contact ↔ record: what is read, what a create carries, what a change keeps of what people added. */
import {
  type FieldValues,
  isShared,
  NAME_FILLER,
  observeContact,
  shapeCreate,
  shapePatch,
} from '../../../lib/connectors/dialpad/mapping.ts';
import { checkPath } from '../../../lib/connectors/dialpad/paths.ts';
import { contactSchema } from '../../../lib/connectors/dialpad/wire.ts';

const PATHS = [
  'first_name',
  'last_name',
  'company_name',
  'job_title',
  'extension',
  'phones.primary',
  'phones.extra',
  'emails.primary',
  'emails.extra',
  'urls.primary',
  'urls.extra',
];

const [A, B, C] = ['+14155550100', '+14155550101', '+14155550102'];

const contactOf = (more: object = {}) =>
  contactSchema.parse({
    id: '1',
    first_name: 'Ada',
    last_name: 'Lovelace',
    type: 'shared',
    ...more,
  });

const observe = (more: object, paths: readonly string[] = PATHS) =>
  observeContact(contactOf(more), paths, 5).raw;

const create = (fields: FieldValues) => {
  const shaped = shapeCreate('trivet-17', fields);
  return shaped.ok ? shaped.value : shaped;
};

const patch = (contact: object, fields: FieldValues, agreed: FieldValues = {}) => {
  const shaped = shapePatch({ contact: contactOf(contact), fields, agreed });
  return shaped.ok ? shaped.value : shaped;
};

describe('an observation', () => {
  test('has every mapped place, empty where the contact has nothing', () => {
    expect(observeContact(contactOf({ phones: [A, B] }), PATHS, 5)).toEqual({
      remoteId: '1',
      existence: 'present',
      raw: {
        first_name: 'Ada',
        last_name: 'Lovelace',
        company_name: null,
        job_title: null,
        extension: null,
        'phones.primary': A,
        'phones.extra': [B],
        'emails.primary': null,
        'emails.extra': [],
        'urls.primary': null,
        'urls.extra': [],
      },
      version: null,
      optInAt: null,
      beganAt: 5,
    });
  });

  test.each([
    ['a text that is empty', { job_title: '' }, 'job_title', null],
    ['a text that is null', { job_title: null }, 'job_title', null],
    ['a text that is none', { job_title: 7 }, 'job_title', null],
    ['a filler for a first name', { first_name: NAME_FILLER }, 'first_name', null],
    ['a filler with blanks', { last_name: ' - ' }, 'last_name', null],
    ['a dash that is no name', { job_title: '-' }, 'job_title', '-'],
    ['a name with a dash', { last_name: 'Smith-Jones' }, 'last_name', 'Smith-Jones'],
    ['a list that is null', { phones: null }, 'phones.primary', null],
    ['blank entries of a list', { phones: ['', ' ', B] }, 'phones.primary', B],
    ['no entries but texts', { emails: [null, 7, 'a@b.test'] }, 'emails.primary', 'a@b.test'],
    [
      'a number as people wrote it',
      { phones: ['(415) 555-0100'] },
      'phones.primary',
      '(415) 555-0100',
    ],
  ])('takes %s for what it is', (_name, contact, path, expected) => {
    expect(observe(contact)[path]).toEqual(expected);
  });

  test('has nothing that is not mapped', () => {
    expect(observe({ job_title: 'x' }, ['first_name'])).toEqual({ first_name: 'Ada' });
  });

  test('has the id as text, whichever way it came', () => {
    expect(contactOf({ id: 588_023_956_919_012 }).id).toBe('588023956919012');
    expect(contactSchema.safeParse({ id: 2 ** 60 }).success).toBe(false);
    expect(contactSchema.safeParse({ id: '' }).success).toBe(false);
  });

  test('is for contacts of the company, not for those of one user', () => {
    expect([isShared(contactOf()), isShared(contactOf({ type: 'local' }))]).toEqual([true, false]);
  });
});

describe('a path', () => {
  test('that can be mapped is named when another one is', () => {
    expect(PATHS.map(checkPath)).toEqual(PATHS.map(() => null));
    for (const path of ['phones', 'phone', 'uid', 'display_name', 'emails.0', '__proto__']) {
      expect(checkPath(path)).toContain(`no path "${path}"; use first_name, last_name`);
    }
  });
});

describe('a create', () => {
  test('carries all there is, and nothing that is empty', () => {
    const fields = {
      first_name: 'Ada',
      last_name: 'Lovelace',
      company_name: 'Engines',
      job_title: null,
      'phones.primary': A,
      'phones.extra': [B, C],
      'emails.primary': 'ada@trivet.test',
      'urls.primary': 'https://crm.test/17',
      'urls.extra': [],
    };
    expect(create(fields)).toEqual({
      uid: 'trivet-17',
      first_name: 'Ada',
      last_name: 'Lovelace',
      company_name: 'Engines',
      phones: [A, B, C],
      emails: ['ada@trivet.test'],
      urls: ['https://crm.test/17'],
    });
  });

  test.each([
    ['no names', {}, ['-', '-']],
    ['a first name alone', { first_name: 'Ada' }, ['Ada', '-']],
    ['a last name alone', { first_name: null, last_name: 'Lovelace' }, ['-', 'Lovelace']],
    ['a blank name', { first_name: ' \n ', last_name: '' }, ['-', '-']],
  ])('fills in for %s', (_name, fields, [first, last]) => {
    expect(create(fields)).toEqual({ uid: 'trivet-17', first_name: first, last_name: last });
  });

  test('makes one line of several', () => {
    const fields = { company_name: ' Engines \r\n & Co\u2028Ltd ', first_name: 'Ada\nKing' };
    expect(create(fields)).toMatchObject({
      company_name: 'Engines & Co Ltd',
      first_name: 'Ada King',
    });
  });

  test.each([
    ['E.164', A, A],
    ['a number with blanks and brackets', '+1 (415) 555-0100', A],
    ['a number with an extension, which goes elsewhere', '+14155550100;ext=12', A],
    ['an Austrian number', '+43 1 58858 0', '+431588580'],
  ])('takes %s', (_name, phone, sent) => {
    expect(create({ 'phones.primary': phone })).toMatchObject({ phones: [sent] });
  });

  test.each([
    ['a number without its country', 'phones.primary', '4155550100'],
    ['an internal number', 'phones.primary', '4253'],
    ['a code', 'phones.primary', '*21#'],
    ['words', 'phones.primary', 'call the office'],
    ['a list where a number should be', 'phones.primary', [A]],
    ['a bad number among others', 'phones.extra', [A, '0151 2345678']],
    ['a text where a list should be', 'phones.extra', A],
    ['a boolean', 'job_title', true],
    ['an address', 'company_name', { city: 'Wien' }],
  ] as const)('is refused for %s, and says for which field', (_name, path, value) => {
    const refused = create({ first_name: 'Ada', [path]: value });
    expect(refused).toMatchObject({ ok: false, path });
    expect(JSON.stringify(refused)).not.toContain('4155550100');
  });

  test('has each number once, however it is written', () => {
    const fields = { 'phones.primary': A, 'phones.extra': ['+1 415 555 0100', B, B] };
    expect(create(fields)).toMatchObject({ phones: [A, B] });
  });
});

describe('a change', () => {
  const whole = {
    company_name: 'Engines',
    job_title: 'Countess',
    extension: '12',
    trunk_group: 'old',
    phones: [A, B],
    emails: ['ada@trivet.test', 'ada@home.test'],
    urls: ['https://crm.test/17'],
  };

  test('is the whole contact, whatever is written', () => {
    expect(patch(whole, { job_title: 'Analyst' })).toEqual({
      ...whole,
      first_name: 'Ada',
      last_name: 'Lovelace',
      job_title: 'Analyst',
    });
  });

  test('leaves out what the contact does not have', () => {
    expect(patch({}, { job_title: 'Analyst' })).toEqual({
      first_name: 'Ada',
      last_name: 'Lovelace',
      job_title: 'Analyst',
    });
    expect(patch({ first_name: '', last_name: ' ' }, { extension: '7' })).toEqual({
      extension: '7',
    });
  });

  test('empties texts with an empty text, lists with an empty list, names with a filler', () => {
    const fields = { job_title: null, last_name: null, 'urls.primary': null };
    const agreed = { 'urls.primary': 'https://crm.test/17' };
    expect(patch(whole, fields, agreed)).toMatchObject({
      job_title: '',
      last_name: '-',
      urls: [],
      first_name: 'Ada',
    });
  });

  test('keeps a filler that stands there', () => {
    expect(patch({ last_name: '-' }, { job_title: 'x' })).toMatchObject({ last_name: '-' });
  });

  const agreedA = { 'phones.primary': A };
  const primaries: [string, [string[], string | null, FieldValues], string[]][] = [
    ['replaces the number that was agreed on', [[A, B], C, agreedA], [C, B]],
    ['replaces it however Dialpad writes it', [['+1 415 555 0100', B], C, agreedA], [C, B]],
    ['takes it away', [[A, B], null, agreedA], [B]],
    ['takes the last one away', [[A], null, agreedA], []],
    ['keeps a number that a person put in front', [[C, A], A, agreedA], [A, C]],
    ['keeps a number in front that we know nothing of', [[A, B], C, {}], [C, A, B]],
    ['keeps it even when ours is to be empty', [[C, B], null, agreedA], [C, B]],
    ['moves a number to the front', [[A, B], B, agreedA], [B]],
    ['writes again what is there', [[A, B], A, agreedA], [A, B]],
    ['adds the first number', [[], A, {}], [A]],
    ['spells out what people wrote', [['+1 (415) 555-0101', '4253'], A, {}], [A, B, '4253']],
  ];

  test.each(primaries)('of the primary number %s', (_name, [phones, primary, agreed], expected) => {
    expect(patch({ phones }, { 'phones.primary': primary }, agreed)).toMatchObject({
      phones: expected,
    });
  });

  const extras: [string, string[], string[] | null, string[]][] = [
    ['leaves the primary alone', [A, B], [C], [A, C]],
    ['keeps the order of those that stay', [A, C, B], [B, C], [A, C, B]],
    ['empties them', [A, B, C], null, [A]],
    ['does not repeat the primary', [A, B], [A, B, C], [A, B, C]],
  ];

  test.each(extras)('of the other numbers %s', (_name, phones, extra, expected) => {
    expect(patch({ phones }, { 'phones.extra': extra })).toMatchObject({ phones: expected });
  });

  test('of both has both', () => {
    const fields = { 'emails.primary': 'new@trivet.test', 'emails.extra': ['x@trivet.test'] };
    const agreed = { 'emails.primary': 'ADA@trivet.test' };
    expect(patch(whole, fields, agreed)).toMatchObject({
      emails: ['new@trivet.test', 'x@trivet.test'],
      phones: [A, B],
    });
  });

  test('sees that addresses are the same in capitals', () => {
    const agreed = { 'emails.primary': 'ada@trivet.test' };
    const emails = ['Ada@Trivet.test', 'ada@home.test'];
    expect(patch({ emails }, { 'emails.primary': 'new@trivet.test' }, agreed)).toMatchObject({
      emails: ['new@trivet.test', 'ada@home.test'],
    });
  });

  test('is refused for a number without its country, and then nothing is sent', () => {
    const refused = patch(whole, { 'phones.primary': '0151 2345678' });
    expect(refused).toMatchObject({ ok: false, path: 'phones.primary' });
    expect(JSON.stringify(refused)).toContain('phone({ defaultCountry })');
  });
});
