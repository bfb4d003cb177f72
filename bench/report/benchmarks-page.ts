/** docs/benchmarks.md, from the results alone. Pure. */
import { describeBound, formatValue } from '../figure.ts';
import { PARTS } from '../parts.ts';
import { renderRow, renderTable } from './markdown.ts';
import type { Measured, Results } from './results-file.ts';
import { verdictOn } from './table.ts';

const HEAD = `# Benchmarks

Written by \`npm run bench -- --write\` from \`docs/benchmarks.json\`; \`npm run bench -- --help\` says what it can do. Counts are the same on every machine, and
the bench ends with an error when one is out of its bound. Timings are those of the machine named below each title; what they are to be compared
with was measured in the same run. What the counts come to in dollars is in [cost.md](cost.md).
`;

export function renderBenchmarks({ sections }: Results): string {
  // What it costs has a page of its own.
  const names = PARTS.map(({ name }) => name).filter((name) => name !== 'cost');
  const shown = names.flatMap((name) => sections[name] ?? []);
  const missing = names.filter((name) => sections[name] === undefined);
  const gap = missing.length === 0 ? [] : [`Not measured yet: ${missing.join(', ')}.\n`];
  return [HEAD, ...gap, ...shown.map(renderSection)].join('\n');
}

function renderSection(section: Measured): string {
  const { title, machine, measuredOn, method, figures, notes, tables = [] } = section;
  const { cpu, cores, memoryGb, node } = machine;
  const rows = figures.map((figure) =>
    renderRow([
      figure.name,
      `${formatValue(figure.value)} ${figure.unit}`,
      describeBound(figure.bound),
      verdictOn(figure),
    ]),
  );
  return [
    `## ${title}\n`,
    `${measuredOn}, ${cores} × ${cpu}, ${memoryGb} GB, Node ${node}.\n`,
    ...method.map((paragraph) => `${paragraph}\n`),
    renderRow(['what', 'figure', 'bound', '']),
    renderRow(['---', '---:', '---', '---']),
    ...rows,
    '',
    ...tables.flatMap(renderTable),
    ...notes.map((note) => `- ${note}`),
    ...(notes.length === 0 ? [] : ['']),
  ].join('\n');
}
