/** What a connector's author imports from 'trivet/conformance'. */
export { CLAUSES } from './clauses.ts';
export { Broken, type Clause } from './clause.ts';
export { lacks } from './harness.ts';
export type {
  Fields,
  Harness,
  Has,
  Heard,
  Held,
  Lacks,
  LedgerBench,
  Limits,
  Meaning,
  People,
  Stage,
  Trouble,
  TroubleName,
  Usage,
  WebhookBench,
} from './harness.ts';
export { registerConformance, type TestFunction } from './register.ts';
export { isPassed, printReport } from './report.ts';
export { runConformance, type Report, type Row, type Verdict } from './run.ts';
