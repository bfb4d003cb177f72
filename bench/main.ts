/**
 * `npm run bench`: measures and counts, prints a table, and ends with an error when an exact count is out of
 * its bound. `-- --write` writes the figures into docs/.
 */
import { parseArgs } from 'node:util';
import { brokenBounds, type Section } from './figure.ts';
import { findParts, PARTS } from './parts.ts';
import { readResults, withSection, writeResults, type Results } from './report/results-file.ts';
import { describeMachine } from './report/machine.ts';
import { printSection } from './report/table.ts';
import { FULL, QUICK } from './sizes.ts';

const HELP = `npm run bench -- [part …] [--quick] [--write] [--json]

Parts, all of them by default:
${PARTS.map(({ name, says }) => `  ${name.padEnd(12)} ${says}`).join('\n')}

  --quick   small sizes, for trying; figures of these sizes are never written
  --write   writes docs/benchmarks.json, docs/benchmarks.md and docs/cost.md; parts that were not
            run keep their earlier figures
  --json    prints the sections as JSON instead of tables

Ends with 1 when an exact count is out of its bound, and says which.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.quick && values.write) {
    throw new Error('--write needs the full sizes: leave --quick out');
  }
  const sections: Section[] = [];
  let results: Results = readResults();
  for (const part of findParts(positionals)) {
    process.stderr.write(`${part.name}: ${part.says} …\n`);
    const known = Object.entries(results.sections).map(([name, { data }]) => [name, data] as const);
    const section = await part.run(values.quick ? QUICK : FULL, new Map(known));
    sections.push(section);
    results = withSection(results, section, {
      machine: describeMachine(),
      measuredOn: new Date().toISOString().slice(0, 10),
    });
    if (!values.json) printSection(section);
    // Each part by itself, so that a later one that fails takes nothing along.
    if (values.write) writeResults(results);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(sections)}\n`);
  const broken = brokenBounds(sections);
  for (const each of broken) process.stderr.write(`out of its bound: ${each}\n`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

await main();
