import { compileBrakes, type BrakesInput } from '../../lib/config/brakes.ts';
import { ConfigError, defineTrivet } from '../../lib/config/define.ts';
import { digestFunctions } from '../../lib/config/digest-functions.ts';
import { email, mailchimp, postgres } from '../../lib/config/index.ts';

const config = (more: object) =>
  defineTrivet({
    crm: postgres({ secret: 'crm' }),
    apps: { news: mailchimp({ audience: '5a9d60c1e3', secret: 'mailchimp' }) },
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: { app: 'email_address', type: email(), owner: 'crm' } },
        ...more,
      },
    ],
  });

const problemsOf = (more: object): readonly string[] => {
  try {
    config(more);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  }
};

describe('brakes in a configuration', () => {
  test('are numbers, shares, both, or taken away', () => {
    const input: BrakesInput = {
      perRun: { archive: 100, destroy: '1.5%', create: { records: 5, percent: 2 }, delete: null },
      perDay: { unsubscribe: { percent: 1 } },
    };
    expect(compileBrakes(input)).toEqual({
      perRun: {
        archive: { records: 100, percent: null },
        destroy: { records: null, percent: 1.5 },
        create: { records: 5, percent: 2 },
        delete: null,
      },
      perDay: { unsubscribe: { records: null, percent: 1 } },
    });
    expect(config({ brakes: input }).syncs[0]?.brakes).toEqual(compileBrakes(input));
    expect(config({}).syncs[0]?.brakes).toEqual({ perRun: {}, perDay: {} });
  });

  test.each([
    ['a class nobody knows', { perRun: { rename: 5 } }, /brakes\.perRun/],
    [
      'a share without its sign',
      { perRun: { archive: '5' } },
      /brakes\.perRun\.archive: found “5”; must be a number of records, a share such as “1%”/,
    ],
    [
      'less than nothing',
      { perDay: { create: -1 } },
      /brakes\.perDay\.create: found -1; must be at least 0/,
    ],
    [
      'another period',
      { perWeek: { create: 1 } },
      /brakes\.perWeek: there is no option “perWeek”; there is perRun, perDay/,
    ],
  ])('are refused with their place when they name %s', (_what, brakes, problem) => {
    expect(problemsOf({ brakes }).join()).toMatch(problem);
  });
});

describe('the mode', () => {
  test('is to write unless the configuration says otherwise', () => {
    expect(config({}).syncs[0]?.write).toBe(true);
    expect(config({ write: false }).syncs[0]?.write).toBe(false);
    expect(problemsOf({ write: 'no' }).join()).toMatch(/syncs\.0\.write/);
  });
});

describe('the digest of the functions', () => {
  const digest = (include?: (row: Record<string, unknown>) => boolean): string =>
    digestFunctions([include]);

  test('is that of the text, blanks aside', () => {
    const [tight, wide] = ['(row)=>row.a!==null', '( row ) =>\n    row.a !== null'].map(
      (text) => Object.assign(() => true, { toString: () => text }) as () => boolean,
    );
    expect(digest(tight)).toBe(digest(wide));
    expect(digest((row) => row['a'] === null)).not.toBe(digest((row) => row['b'] === null));
    expect(digest()).not.toBe(digest(() => true));
  });

  test('tells two filters of a sync apart', () => {
    const [sync] = config({}).syncs;
    const [other] = config({
      include: (row: Record<string, unknown>) => row['email'] !== null,
    }).syncs;
    expect(sync?.functions).toMatch(/^[0-9a-z]+$/);
    expect(other?.functions).not.toBe(sync?.functions);
  });
});
