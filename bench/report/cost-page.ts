/** docs/cost.md, from the results alone. Pure. */
import { formatValue } from '../figure.ts';
import { renderRow, renderTable } from './markdown.ts';
import type { Results } from './results-file.ts';

const HEAD = `# What it costs

Written by \`npm run bench -- counts cost --write\`.
`;

/** Null as long as nothing was counted. */
export function renderCost({ sections }: Results): string | null {
  const { cost } = sections;
  if (cost === undefined) return null;
  const { title, method, figures, notes, tables = [] } = cost;
  return [
    HEAD,
    `## ${title}\n`,
    ...method.map((paragraph) => `${paragraph}\n`),
    renderRow(['what', '']),
    renderRow(['---', '---:']),
    ...figures.map(({ name, value, unit }) => renderRow([name, withUnit(value, unit)])),
    '',
    ...tables.flatMap(renderTable),
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

const withUnit = (value: number, unit: string): string =>
  unit === '$' ? `$ ${value.toFixed(2)}` : `${formatValue(value)} ${unit}`;
