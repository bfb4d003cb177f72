/** The verdict of a bad day: each way in which somebody could be harmed is seen, from what the ends show alone. */
import { createHash } from 'node:crypto';
import { parseAsked } from '../../chaos/arguments.ts';
import { Book, type Person } from '../../chaos/book.ts';
import { problemsOf, stillUnderWay, writtenAgain, type Seen } from '../../chaos/verdict.ts';
import type { Row } from '../support/equal-sides.ts';

const ANN = 'ann@people.test';
const BOB = 'bob@people.test';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const row = (email: string, more: Partial<Row> = {}): Row => ({
  email,
  first: 'A',
  last: 'B',
  phone: '+4930111',
  company: '',
  city: 'Ghent',
  status: 'subscribed',
  tags: '',
  ...more,
});
const contact = (email: string, more: object = {}): Seen['contacts'][number] => ({
  email,
  phone: '+4930111',
  email_status: 'subscribed',
  first_name: 'A',
  last_name: 'B',
  company: null,
  city: 'Ghent',
  ...more,
});

/** One person, everywhere as she should be. */
const good: Seen = {
  contacts: [contact(ANN)],
  sides: { crm: [row(ANN)], app: [row(ANN)] },
  audience: [hash(ANN)],
  dialpad: ['+4930111', '+4930999'],
};

function bookWith(change: (book: Book) => void = () => undefined): Book {
  const book = new Book();
  book.add(ANN);
  change(book);
  return book;
}
const ann = (book: Book) => {
  const person = book.find(ANN);
  if (person === undefined) throw new Error('she is in the book');
  return person;
};

describe('when all is well', () => {
  test('nothing is wrong', () => {
    const book = bookWith((made) => {
      ann(made).last.city = 'Ghent';
      ann(made).phones.push({ number: '+4930111', by: 'crm' });
    });
    expect(problemsOf(book, good)).toEqual([]);
  });

  test('of several ends that gave numbers any of them may have been the newest', () => {
    const book = bookWith((made) => {
      ann(made).phones.push(
        { number: '+4930111', by: 'crm' },
        { number: '+4930222', by: 'dialpad' },
      );
    });
    expect(problemsOf(book, good)).toEqual([]);
  });
});

describe('whoever was deleted in the CRM', () => {
  const without = (status: string): Seen => ({
    contacts: [],
    sides: { crm: [], app: [row(ANN, { status })] },
    audience: [],
    dialpad: [],
  });
  const deleted = bookWith((made) => void (ann(made).fate = 'deleted'));

  test('may stay at Mailchimp after a bounce, for nobody can archive them', () => {
    expect(problemsOf(deleted, without('cleaned'))).toEqual([]);
  });

  test('and renamed right before that, may stay under the address Mailchimp knows', () => {
    const renamed = bookWith((made) => {
      Object.assign(ann(made), { email: BOB, former: [ANN], fate: 'deleted' });
    });
    expect(problemsOf(renamed, without('cleaned'))).toEqual([]);
    expect(problemsOf(renamed, without('subscribed'))).toEqual([
      `${ANN} is at Mailchimp alone`,
      `nobody brought ${ANN}`,
    ]);
    const alive = bookWith((made) => void Object.assign(ann(made), { email: BOB, former: [ANN] }));
    expect(problemsOf(alive, without('cleaned'))).toContain(`${ANN} is at Mailchimp alone`);
  });

  test('may not stay there for any other reason', () => {
    expect(problemsOf(deleted, without('unsubscribed')).join()).toMatch(
      /was deleted and is at Mail/,
    );
  });
});

describe('a number given at an app', () => {
  const given =
    (by: 'mailchimp' | 'dialpad', more: Partial<Person> = {}) =>
    (book: Book): void => {
      ann(book).phones.push({ number: '+4930222', by });
      Object.assign(ann(book), more);
    };
  const lost = /which was not the last/;
  const told = (change: (book: Book) => void): string => problemsOf(bookWith(change), good).join();

  test('may go with whoever is taken out there before anybody has fetched it', () => {
    expect(told(given('dialpad', { hasWithdrawn: true }))).not.toMatch(lost);
    expect(told(given('dialpad', { fate: 'archived' }))).not.toMatch(lost);
    expect(told(given('mailchimp', { fate: 'archived' }))).not.toMatch(lost);
  });

  test('is not lost while they are there', () => {
    expect(told(given('dialpad'))).toMatch(lost);
    expect(told(given('mailchimp'))).toMatch(lost);
    expect(told(given('mailchimp', { hasWithdrawn: true }))).toMatch(lost);
  });
});

describe('a problem', () => {
  test.each<readonly [string, (book: Book) => void, Partial<Seen>, RegExp]>([
    [
      'somebody who is twice in the CRM',
      () => undefined,
      { contacts: [contact(ANN), contact('ANN@people.test')] },
      /twice in the CRM/,
    ],
    [
      'somebody who is twice at Mailchimp',
      () => undefined,
      { sides: { crm: [row(ANN)], app: [row(ANN), row(ANN)] } },
      /twice in Mailchimp/,
    ],
    [
      'a value that differs',
      () => undefined,
      { sides: { crm: [row(ANN)], app: [row(ANN, { city: 'Lyon' })] } },
      /city is “Ghent” in the CRM and “Lyon” at Mailchimp/,
    ],
    [
      'somebody who did not arrive',
      () => undefined,
      { sides: { crm: [row(ANN)], app: [] } },
      /is not at Mailchimp/,
    ],
    [
      'somebody who is lost',
      (book) => void book.add(BOB),
      {},
      /bob@people\.test is lost in the CRM/,
    ],
    [
      'somebody whom nobody brought',
      () => undefined,
      { contacts: [contact(ANN), contact(BOB, { phone: null, email_status: null })] },
      /nobody brought bob/,
    ],
    [
      'somebody who had withdrawn',
      (book) => void (ann(book).hasWithdrawn = true),
      {},
      /had withdrawn and is subscribed/,
    ],
    [
      'somebody who was deleted',
      (book) => void (ann(book).fate = 'deleted'),
      {},
      /was deleted and is in the CRM/,
    ],
    [
      'somebody who was archived',
      (book) => void (ann(book).fate = 'archived'),
      {},
      /was archived and is back/,
    ],
    [
      'an edit that is gone',
      (book) => void (ann(book).last.city = 'Lyon'),
      {},
      /city was last “Lyon” and is “Ghent”/,
    ],
    [
      'a number that nobody gave last',
      (book) =>
        void ann(book).phones.push(
          { number: '+4930111', by: 'crm' },
          { number: '+4930222', by: 'crm' },
        ),
      {},
      /which was not the last/,
    ],
    [
      'somebody who is not shown to Meta',
      () => undefined,
      { audience: [] },
      /not in Meta’s audience/,
    ],
    [
      'somebody who should not be shown to Meta',
      () => undefined,
      { audience: [hash(ANN), hash(BOB)] },
      /who is not subscribed/,
    ],
    ['somebody who is not in Dialpad', () => undefined, { dialpad: [] }, /is 0 times in Dialpad/],
    [
      'somebody who is twice in Dialpad',
      () => undefined,
      { dialpad: ['+4930111', '+4930111'] },
      /is 2 times in Dialpad/,
    ],
  ])('is %s', (_, change, more, problem) => {
    expect(problemsOf(bookWith(change), { ...good, ...more }).join('\n')).toMatch(problem);
  });
});

test('a place that is written again after all had come to rest is named', () => {
  const before = { 'the CRM': '1 rows, 7', Meta: '3' };
  expect(writtenAgain(before, before)).toEqual([]);
  expect(writtenAgain(before, { ...before, Meta: '4' })).toEqual([
    'Meta is written again: 3, then 4',
  ]);
});

test('a sync that leaves somebody under way is named', () => {
  const syncs = { a: { pending: 0, waiting: 0 }, b: { pending: 1, waiting: 0 } };
  expect(stillUnderWay(syncs)).toEqual(['b: 1 are pending and 0 waiting, for nothing']);
});

describe('the question', () => {
  test('has usual answers, and takes parts of a minute', () => {
    expect(parseAsked([])).toMatchObject({ minutes: 10, seed: 1, contacts: 60 });
    expect(parseAsked(['--minutes', '0.5', '--seed', '7'])).toMatchObject({
      minutes: 0.5,
      seed: 7,
    });
  });

  test.each([
    [['--minutes', '0'], 'a number above 0'],
    [['--minutes', ''], 'a number above 0'],
    [['--seed', 'x'], 'a whole number from 1 on'],
    [['--contacts', '1.5'], 'a whole number from 1 on'],
  ])('%j is not understood', (args, takes) => {
    const [option = '', value = ''] = args;
    expect(() => parseAsked(args)).toThrow(`${option} takes ${takes}, and was “${value}”`);
  });
});
