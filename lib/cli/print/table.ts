/** Rows in columns, cut to the screen: the widest columns give way first. */
import { padEnd, shorten, widthOf, type Ink } from './ink.ts';

export interface Column {
  readonly head: string;
  /** Never cut below this. @default 6 */
  readonly widthMin?: number;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
}

const GAP = 2;
const COLUMN_MIN = 6;

/** Cells are plain texts; `paint` colours one after it was cut. */
export function formatTable(
  ink: Ink,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number, column: number) => string = (text) => text,
): readonly string[] {
  const widths = fit(columns, rows, ink.width - GAP * (columns.length - 1));
  const line = (cells: readonly string[], decorate: (text: string, column: number) => string) =>
    columns
      .map(({ align }, index) => {
        const cut = shorten(cells[index] ?? '', widths[index] ?? 0);
        const room = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cut)));
        const text = decorate(cut, index);
        return align === 'right' ? room + text : text + room;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [
    line(
      columns.map(({ head }) => head),
      (text) => ink.paint('dim', text),
    ),
    ...rows.map((cells, row) => line(cells, (text, column) => paint(text, row, column))),
  ];
}

function fit(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number,
): readonly number[] {
  const widths = columns.map(({ head }, index) =>
    Math.max(widthOf(head), ...rows.map((cells) => widthOf(cells[index] ?? ''))),
  );
  const mins = columns.map(({ widthMin }) => widthMin ?? COLUMN_MIN);
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    const spare = widths.map((width, index) => width - (mins[index] ?? COLUMN_MIN));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, each) => total + each, 0);

/** `name   text`, the names in one column. */
export const formatPairs = (
  ink: Ink,
  pairs: readonly (readonly [name: string, text: string])[],
): readonly string[] => {
  const width = Math.max(...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, text]) => `${ink.paint('dim', padEnd(name, width))}  ${text}`);
};
