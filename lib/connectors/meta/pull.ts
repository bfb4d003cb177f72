/**
 * Reading: Meta shows nobody. "Reading: You can't perform this operation on this endpoint", says the page; so there
 * is nothing to list, no delta and nobody to fetch, and what Meta was told is kept by the flow.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */
import type { AppReplica, PullPage } from '../../ports/app.ts';
import type { Halted } from '../../ports/outcome.ts';

const NOBODY: PullPage = { observations: [], cursor: null, done: true };

const UNSEEN: Halted = {
  kind: 'halted',
  reason: 'Meta shows nobody who is in an audience.',
};

export const unreadable: Pick<
  AppReplica,
  'present' | 'pull' | 'list' | 'orderOf' | 'fetch' | 'push'
> = {
  present: () => Promise.resolve({ kind: 'ok', value: null }),
  pull: () => Promise.resolve({ kind: 'ok', value: NOBODY }),
  list: () => Promise.resolve({ kind: 'ok', value: NOBODY }),
  orderOf: () => 0,
  fetch: (targets) => Promise.resolve(targets.map(() => UNSEEN)),
  // Records are told by `ledger`; a command of the other kind cannot have been judged.
  push: () => Promise.reject(new Error('Meta takes no commands: it is told by its ledger')),
};
