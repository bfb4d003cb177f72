import { padEnd, plainInk, shorten, widthOf, wrap, type Ink } from '../../lib/cli/print/ink.ts';
import { formatPairs, formatTable } from '../../lib/cli/print/table.ts';
import {
  formatCount,
  formatDuration,
  formatTime,
  formatValue,
  quoteValue,
  shellWord,
  takeWords,
} from '../../lib/cli/print/words.ts';

const narrow: Ink = { ...plainInk, width: 30 };
const colored: Ink = { ...plainInk, paint: (shade, text) => `<${shade}>${text}</${shade}>` };

describe('widths', () => {
  test('colours take no room, and a character of several code points is one', () => {
    expect(widthOf('\u001b[32mgreen\u001b[39m')).toBe(5);
    expect(widthOf('Zoë')).toBe(3);
    expect(widthOf('Zoe\u0308')).toBe(3);
    expect(padEnd('\u001b[32mab\u001b[39m', 4)).toBe('\u001b[32mab\u001b[39m  ');
  });

  test('what is too long is cut and says so', () => {
    expect(shorten('exactly', 7)).toBe('exactly');
    expect(shorten('a bit longer', 7)).toBe('a bit …');
  });

  test('text wraps between words, and a long word stays whole', () => {
    expect(wrap('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four']);
    expect(wrap('https://example.com/a/long/path', 9)).toEqual(['https://example.com/a/long/path']);
  });
});

describe('tables', () => {
  const columns = [{ head: 'field' }, { head: 'value' }, { head: 'n', align: 'right' as const }];

  test('columns are as wide as they must be, numbers stand to the right', () => {
    expect(formatTable(plainInk, columns, [['email', 'ann@crm.test', '1,200']])).toEqual([
      'field  value             n',
      'email  ann@crm.test  1,200',
    ]);
  });

  test('no line is wider than the screen: the widest column gives way', () => {
    const rows = [['email', 'a-very-long-address@some-domain.test', '1']];
    const lines = formatTable(narrow, columns, rows);
    expect(lines[1]).toContain('…');
    expect(lines.every((line) => widthOf(line) <= 30)).toBe(true);
  });

  test('cells are painted after they were cut, so colours change no width', () => {
    const lines = formatTable(colored, columns, [['a', 'b', 'c']], (text) => `[${text}]`);
    expect(lines[1]).toMatch(/^\[a\] +\[b\] +\[c\]$/);
  });

  test('pairs stand in two columns', () => {
    expect(
      formatPairs(plainInk, [
        ['CRM', 'x'],
        ['agreed', 'y'],
      ]),
    ).toEqual(['CRM     x', 'agreed  y']);
  });
});

describe('values and times in words', () => {
  test.each([
    [null, '(empty)'],
    ['', '(empty)'],
    ['Weber', 'Weber'],
    [true, 'yes'],
    [[], '(none)'],
    [['vip', 'lead'], 'vip, lead'],
    [{ addr1: 'Gasse 1', addr2: '', city: 'Ulm' }, 'Gasse 1, Ulm'],
  ])('%j reads as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  test('quotes stand around what there is, not around nothing', () => {
    expect(quoteValue('Weber')).toBe('“Weber”');
    expect(quoteValue(null)).toBe('(empty)');
  });

  test('durations grow into minutes and hours', () => {
    expect([820, 61_000, 7_320_000].map(formatDuration)).toEqual([
      '0.8 s',
      '1 min 1 s',
      '2 h 2 min',
    ]);
    expect(formatCount(2100)).toBe('2,100');
  });

  test('another day’s time carries its date', () => {
    const at = new Date(2025, 2, 1, 10, 11, 12).getTime();
    expect(formatTime(at, at + 1_000)).toBe('10:11:12');
    expect(formatTime(at, at + 3 * 86_400_000)).toMatch(/^2025-03-01 10:11:12$/);
  });

  test('the choices of a command are no pipe for whoever pastes it, and leave out what nobody can read', () => {
    expect(takeWords([])).toBe('<crm|app|VALUE>');
    expect(takeWords(['crm'])).toBe('<app|VALUE>');
  });

  test('what a shell would take apart is quoted', () => {
    expect(shellWord('17')).toBe('17');
    expect(shellWord('["a","b"]')).toBe(`'["a","b"]'`);
    expect(shellWord("it's")).toBe(`'it'\\''s'`);
  });
});
