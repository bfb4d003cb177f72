/** A section as a table for a terminal. */
import { describeBound, formatValue, isWithin, type Figure, type Section } from '../figure.ts';

export function printSection({ title, figures, notes, tables = [] }: Section): void {
  const rows = figures.map((figure) => [
    figure.name,
    `${formatValue(figure.value)} ${figure.unit}`,
    describeBound(figure.bound),
    verdictOn(figure),
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map(([name = '', value = '', bound = '', verdict = '']) =>
    [
      name.padEnd(widths[0] ?? 0),
      value.padStart(widths[1] ?? 0),
      bound.padEnd(widths[2] ?? 0),
      verdict,
    ]
      .join('  ')
      .trimEnd(),
  );
  const aside = tables.flatMap(({ title: name, head, rows: cells }) => [
    `\n${name}`,
    ...[head, ...cells].map((row) => `  ${row.join('  |  ')}`),
  ]);
  const words = notes.map((note) => `  ${note}`);
  process.stdout.write(`\n${title}\n${[...lines, ...aside].join('\n')}\n${words.join('\n')}\n`);
}

/** What a figure is, against its bound. */
export function verdictOn(figure: Figure): string {
  if (figure.bound === null) return '';
  if (isWithin(figure)) return 'reached';
  return figure.isExact ? 'BROKEN' : 'not reached';
}
