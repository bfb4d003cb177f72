/** The suite: all clauses, in the order of the report. */
import { BATCHES } from './batches.ts';
import { CHANGING } from './changing.ts';
import type { Clause } from './clause.ts';
import { CREATING } from './creating.ts';
import { FORMS } from './forms.ts';
import { HONESTY } from './honesty.ts';
import { LIMITS } from './limits.ts';
import { LOOKING } from './looking.ts';
import { READING } from './reading.ts';
import { REMOVING } from './removing.ts';
import { SECRECY } from './secrecy.ts';
import { TROUBLES } from './troubles.ts';
import { WEBHOOKS } from './webhooks.ts';

const ALL: readonly Clause[] = [
  ...HONESTY,
  ...CREATING,
  ...CHANGING,
  ...REMOVING,
  ...READING,
  ...LOOKING,
  ...BATCHES,
  ...FORMS,
  ...TROUBLES,
  ...LIMITS,
  ...WEBHOOKS,
  ...SECRECY,
];

/** What is promised of any connector, also of one whose app is told by a ledger. */
const WITHOUT_COMMANDS: ReadonlySet<string> = new Set(['declared', 'identity']);

export const CLAUSES: readonly Clause[] = ALL.map((clause) =>
  WITHOUT_COMMANDS.has(clause.id) || WEBHOOKS.includes(clause)
    ? clause
    : {
        ...clause,
        whyNot: (harness) =>
          harness.toldByLedger === undefined
            ? clause.whyNot(harness)
            : `the app is told by its ledger, which is tried in ${harness.toldByLedger}`,
      },
);
