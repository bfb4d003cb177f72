/** A report as a table for people, clause → passed, failed or not applicable, and why. */
import type { Report, Row } from './run.ts';

const WORD = { passed: 'passed', failed: 'FAILED', 'not-applicable': 'not applicable' } as const;

export function printReport({ connector, rows }: Report): string {
  const ids = Math.max(...rows.map(({ id }) => id.length));
  const lines = rows.map((row) => lineOf(row, ids));
  const count = (kind: Row['verdict']['kind']): number =>
    rows.filter(({ verdict }) => verdict.kind === kind).length;
  const sum = `${count('passed')} passed, ${count('failed')} failed, ${count('not-applicable')} not applicable`;
  return [connector, '='.repeat(connector.length), ...lines, '', `${connector}: ${sum}`, ''].join(
    '\n',
  );
}

function lineOf({ id, promise, verdict }: Row, ids: number): string {
  const because =
    verdict.kind === 'passed' ? '' : `\n${' '.repeat(ids + 18)}because ${verdict.because}`;
  return `${id.padEnd(ids)}  ${WORD[verdict.kind].padEnd(14)}  ${promise}${because}`;
}

export const isPassed = ({ rows }: Report): boolean =>
  rows.every(({ verdict }) => verdict.kind !== 'failed');
