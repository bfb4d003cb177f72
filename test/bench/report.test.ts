/** The pages of figures: what the code writes, from what was measured, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenBounds, count, timed, type Section } from '../../bench/figure.ts';
import { PARTS } from '../../bench/parts.ts';
import { renderBenchmarks } from '../../bench/report/benchmarks-page.ts';
import { renderCost } from '../../bench/report/cost-page.ts';
import { readResults, withSection } from '../../bench/report/results-file.ts';
import { median, percentile } from '../../bench/statistics.ts';

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

const section: Section = {
  part: 'counts',
  title: 'Counts',
  method: ['By counting.'],
  figures: [
    count('app writes', 3, { atMost: 2 }),
    count('pages', 2, { atMost: 2 }),
    timed('speed', 12.345, 'records/s', { atLeast: 100 }),
  ],
  notes: ['A note.'],
  data: {},
};
const about = {
  machine: { cpu: 'Some CPU', cores: 2, memoryGb: 16, node: 'v24.0.0' },
  measuredOn: '2026-01-02',
};

describe('the documents', () => {
  const results = readResults();
  const remedy = 'npm run bench -- --write';

  test('benchmarks.md is what the results say', () => {
    const page = read('benchmarks.md');
    expect({ remedy, page }).toEqual({ remedy, page: renderBenchmarks(results) });
  });

  test('cost.md is what the results come to', () => {
    expect({ remedy, page: read('cost.md') }).toEqual({ remedy, page: renderCost(results) });
  });

  test('each section is a part of the bench and has figures, and no count is out of its bound', () => {
    const sections = Object.values(results.sections);
    const known = PARTS.map(({ name }) => name);
    expect(sections.map(({ part }) => part)).toEqual(expect.arrayContaining(['counts', 'cost']));
    expect(sections.filter(({ part }) => !known.includes(part))).toEqual([]);
    for (const { figures } of sections) expect(figures.length).toBeGreaterThan(0);
    expect(brokenBounds(sections)).toEqual([]);
  });
});

describe('a page', () => {
  const page = renderBenchmarks(withSection({ sections: {} }, section, about));

  test('says where and when, and how each figure stands to its bound', () => {
    expect(page).toContain('2026-01-02, 2 × Some CPU, 16 GB, Node v24.0.0.');
    expect(page).toContain('| app writes | 3 calls | ≤ 2 | BROKEN |');
    expect(page).toContain('| pages | 2 calls | ≤ 2 | reached |');
    expect(page).toContain('| speed | 12.3 records/s | ≥ 100 | not reached |');
    expect(page).toContain('- A note.');
  });

  test('keeps the parts that were not measured again', () => {
    const both = withSection(
      withSection({ sections: {} }, section, about),
      { ...section, part: 'engine', title: 'Engine' },
      about,
    );
    expect(renderBenchmarks(both)).toMatch(/## Counts[^]*## Engine/);
  });
});

describe('figures', () => {
  test('only counts break a run, and each says which bound', () => {
    expect(brokenBounds([section])).toEqual(['counts: app writes: 3 calls, bound ≤ 2']);
  });

  test('percentiles are values that were measured', () => {
    const values = [5, 1, 4, 2, 3, 9, 8, 7, 6, 10];
    expect([median(values), percentile(values, 0.95), percentile([7], 0.95)]).toEqual([5, 10, 7]);
    expect(() => percentile([], 0.5)).toThrow('nothing');
  });
});
