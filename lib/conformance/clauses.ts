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
import { REPLACING } from './replacing.ts';
import { SECRECY } from './secrecy.ts';
import { TELLING } from './telling.ts';
import { TROUBLES } from './troubles.ts';
import { WEBHOOKS } from './webhooks.ts';

export const CLAUSES: readonly Clause[] = [
  ...HONESTY,
  ...CREATING,
  ...CHANGING,
  ...REMOVING,
  ...READING,
  ...LOOKING,
  ...BATCHES,
  ...FORMS,
  ...TELLING,
  ...REPLACING,
  ...TROUBLES,
  ...LIMITS,
  ...WEBHOOKS,
  ...SECRECY,
];
