/** docs/benchmarks.json: the figures as they were measured. The two pages are rendered from it and from nothing else. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../figure.ts';
import { renderBenchmarks } from './benchmarks-page.ts';
import { renderCost } from './cost-page.ts';
import type { Machine } from './machine.ts';

/** A section with where and when it was measured: parts may be measured again one by one. */
export interface Measured extends Section {
  readonly machine: Machine;
  readonly measuredOn: string;
}

export interface Results {
  readonly sections: Readonly<Record<string, Measured>>;
}

const DOCS = join(import.meta.dirname, '../../docs');
const RESULTS = join(DOCS, 'benchmarks.json');

export function readResults(): Results {
  if (!existsSync(RESULTS)) return { sections: {} };
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
}

export const withSection = (
  { sections }: Results,
  section: Section,
  about: Pick<Measured, 'machine' | 'measuredOn'>,
): Results => ({ sections: { ...sections, [section.part]: { ...section, ...about } } });

export function writeResults(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(DOCS, 'benchmarks.md'), renderBenchmarks(results));
  const cost = renderCost(results);
  if (cost !== null) writeFileSync(join(DOCS, 'cost.md'), cost);
}
