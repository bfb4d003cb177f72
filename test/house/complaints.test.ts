/** What others were seen to do wrong is answered by tests: each subject has one that bears its name, and those that are said to show it are there. */
import { COMPLAINTS, TRAPS, type Complaint } from './complaints.ts';
import { listFiles, readText } from './source-tree.ts';

const SUBJECTS: Readonly<Record<string, Complaint>> = { ...TRAPS, ...COMPLAINTS };
const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_none, index) => `${letter}${index + 1}`);

/** The names that tests begin with, as `R1 a row …`; of a table of cases the name stands on a line of its own. */
const titles = listFiles('test')
  .filter((path) => path.endsWith('.test.ts'))
  .flatMap((path) =>
    [...readText(path).matchAll(/^\s*(?:test(?:\.each\(.*\))?\()?['"`]([RC]\d+) /gm)].map(
      ([, subject = '']) => ({ path, subject }),
    ),
  );

describe('what others were seen to do wrong', () => {
  test('is R1 to R5 and C1 to C8, and no test bears another number', () => {
    const all = [...numbered('R', 5), ...numbered('C', 8)];
    expect(Object.keys(SUBJECTS)).toEqual(all);
    expect([...new Set(titles.map(({ subject }) => subject))].toSorted()).toEqual(all.toSorted());
  });

  test.each(Object.entries(SUBJECTS))(
    '%s is answered by tests that are there',
    (subject, { shown }) => {
      expect(shown.map(([path, name]) => [path, readText(path).includes(`'${name}`)])).toEqual(
        shown.map(([path]) => [path, true]),
      );
      const [first] = shown;
      expect(first?.[1].startsWith(`${subject} `)).toBe(true);
      const isListed = ({ path }: { readonly path: string }): boolean =>
        shown.some(([each, name]) => each === path && name.startsWith(`${subject} `));
      expect(titles.filter((title) => title.subject === subject && !isListed(title))).toEqual([]);
    },
  );
});
