/** Tables in Markdown. Pure. */
import type { Table } from '../figure.ts';

export const renderRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Its title in bold, the first column to the left and the others, which are numbers, to the right. */
export function renderTable({ title, head, rows }: Table): readonly string[] {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [`**${title}**\n`, renderRow(head), renderRow(rule), ...rows.map(renderRow), ''];
}
