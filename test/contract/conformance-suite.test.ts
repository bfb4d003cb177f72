/**
 * The conformance suite itself is tried: the real Mailchimp connector, or Meta’s, with one broken thing at a time. The clauses
 * concerned must fail, and no others, or a red clause would say nothing about what is wrong. Of the others some of each theme
 * are tried with it: all of them with each of eighty connectors would be three minutes.
 */
import { spawnSync } from 'node:child_process';
import {
  CLAUSES,
  printReport,
  runConformance,
  type Clause,
  type Harness,
} from '../../lib/conformance/index.ts';
import { ROOT } from '../house/source-tree.ts';
import { BROKEN_LEDGER } from './broken-connectors/ledger.ts';
import { BROKEN_READS } from './broken-connectors/reads.ts';
import { BROKEN_TROUBLES } from './broken-connectors/troubles.ts';
import { BROKEN_WEBHOOKS } from './broken-connectors/webhooks.ts';
import { BROKEN_WRITES } from './broken-connectors/writes.ts';
import { createMailchimpHarness } from './harnesses/mailchimp.ts';
import { createMetaHarness } from './harnesses/meta.ts';

const BROKEN = [...BROKEN_WRITES, ...BROKEN_READS, ...BROKEN_TROUBLES, ...BROKEN_WEBHOOKS];

/** Some of each theme. None waits for an answer that does not come, or makes people by the hundred. */
const OTHERS = [
  ['declared', 'identity', 'declines'],
  ['create', 'create-again', 'create-again-many'],
  ['update', 'update-gone', 'rename-taken', 'consent', 'in-order'],
  ['archive', 'delete', 'revive'],
  ['list-empty', 'delta', 'delta-idle', 'look', 'echo'],
  ['refused', 'refused-updates', 'forms-cleared'],
  ['tell-change', 'tell-found', 'tell-shared', 'replace'],
  ['trouble-401', 'trouble-409', 'trouble-429', 'trouble-500', 'no-time'],
  ['webhook', 'webhook-forged', 'webhook-late', 'secrecy'],
].flat();

test('each clause has a connector that breaks it', () => {
  const broken = new Set([...BROKEN, ...BROKEN_LEDGER].flatMap(({ breaks }) => breaks));
  expect(CLAUSES.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  expect([...broken].filter((id) => !CLAUSES.some((clause) => clause.id === id))).toEqual([]);
});

test('no two clauses have one id, and each promise is a sentence of its own', () => {
  expect(new Set(CLAUSES.map(({ id }) => id)).size).toBe(CLAUSES.length);
  expect(new Set(CLAUSES.map(({ promise }) => promise)).size).toBe(CLAUSES.length);
});

test('the clauses that are tried with each of them are there, and a whole connector keeps them', async () => {
  expect(named(OTHERS).map(({ id }) => id)).toEqual(OTHERS);
  await expectToBreak(createMailchimpHarness(), []);
  await expectToBreak(createMetaHarness(), []);
});

describe('a connector that', () => {
  // One of them writes its key to the terminal. The clause hears that; whoever runs this need not read it.
  beforeEach(() => void jest.spyOn(process.stderr, 'write').mockReturnValue(true));
  afterEach(() => jest.restoreAllMocks());

  test.each(BROKEN)('$what fails $breaks', async ({ breaks, vary, changes }) => {
    const whole = createMailchimpHarness();
    await expectToBreak(createMailchimpHarness(vary, changes?.(whole)), breaks);
  });
});

describe('a connector of an app that shows nobody, which', () => {
  test.each(BROKEN_LEDGER)('$what, fails $breaks', async ({ breaks, vary }) => {
    await expectToBreak(createMetaHarness(vary), breaks);
  });
});

const named = (ids: readonly string[]): readonly Clause[] =>
  CLAUSES.filter(({ id }) => ids.includes(id));

async function expectToBreak(harness: Harness, breaks: readonly string[]): Promise<void> {
  const report = await runConformance(harness, named([...breaks, ...OTHERS]));
  const failed = report.rows.filter(({ verdict }) => verdict.kind === 'failed');
  const shown = failed.map(({ id }) => id).toSorted();
  const wanted = breaks.toSorted();
  // The report is there for whoever has to find out why they differ.
  const isAsWanted = shown.join() === wanted.join();
  const told = isAsWanted ? '' : printReport({ ...report, rows: failed });
  expect({ shown, told }).toEqual({ shown: wanted, told: '' });
}

test('a report names each clause, how it ended, and why', async () => {
  const report = await runConformance(
    createMailchimpHarness(),
    CLAUSES.filter(({ id }) => ['declared', 'no-versions'].includes(id)),
  );
  expect(printReport(report)).toContain('because it has versions');
  expect(printReport(report)).toContain('mailchimp: 1 passed, 0 failed, 1 not applicable');
});

describe('whoever writes a connector', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

  test('has the report printed', () => {
    const { status, stdout } = run('lib/conformance/main.ts', 'examples/phone-book/harness.ts');
    expect(stdout).toContain('phone book: 49 passed, 0 failed, 34 not applicable');
    expect(stdout).toContain('because a file asks for no credentials');
    expect(status).toBe(0);
  });

  test('is told that a file has no harness', () => {
    const { status, stderr } = run('lib/conformance/main.ts', 'examples/phone-book/book.ts');
    expect(stderr).toContain('examples/phone-book/book.ts must export the harness');
    expect(status).toBe(1);
  });

  test('runs it in Node’s own test runner', () => {
    const { status, stdout } = run('--test', 'examples/phone-book/conformance.test.ts');
    expect(stdout).toContain('pass 49');
    expect(stdout).toContain('fail 0');
    expect(status).toBe(0);
  });
});
