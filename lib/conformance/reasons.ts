/** Why a clause says nothing about a connector: by what it declares, or by what its app has not. */
import { consentOf, pathOfType } from './bench.ts';
import type { Clause } from './clause.ts';
import { isLacking, type Harness } from './harness.ts';

type WhyNot = Clause['whyNot'];

export const isWriteOnly: WhyNot = ({ capabilities }) =>
  capabilities.delta === 'none' ? 'nothing can be read back from the app (delta: none)' : null;

/** What is told to an app that shows nobody is a row for each record; telling it twice is as good as once. */
export const isLedger: WhyNot = ({ capabilities }) =>
  capabilities.delta === 'none'
    ? 'the app is told a row for each record, and asked nothing (delta: none)'
    : null;

export const isNoLedger: WhyNot = ({ ledger }) =>
  ledger === undefined ? 'the app shows its records, and takes commands' : null;

export const replacesNobody: WhyNot = ({ ledger }) =>
  ledger !== undefined && isLacking(ledger.replace) ? ledger.replace.lacks : null;

export const hasNoDelta: WhyNot = ({ capabilities }) =>
  capabilities.delta === 'time'
    ? null
    : `the app does not tell what changed (delta: ${capabilities.delta})`;

export const hasNoVersions: WhyNot = ({ capabilities }) =>
  capabilities.versions ? null : 'records have no versions (versions: false)';

/** What the harness says the app lacks. */
export const hasNo =
  (
    thing:
      | 'removal'
      | 'tag'
      | 'rename'
      | 'archive'
      | 'delete'
      | 'revive'
      | 'refused'
      | 'samples'
      | 'webhook',
  ): WhyNot =>
  (harness) => {
    const has: unknown = harness[thing];
    return isLacking(has) ? has.lacks : null;
  };

export const hasNoPath =
  (type: 'consent' | 'tags'): WhyNot =>
  (harness) =>
    pathOfType(harness, type) === null ? `no path of the app holds ${type}` : null;

export const hasNoConsent: WhyNot = (harness) =>
  consentOf(harness) === null ? 'no path of the app holds consent' : null;

/** Two records may have one match value. */
export const hasTwins: WhyNot = ({ oneRecordPer }) =>
  oneRecordPer === 'match' ? null : 'two records of the app may have one match value';

export const hasNoBulk: WhyNot = ({ limits }) =>
  limits.rowsPerWrite > 1 ? null : 'the app has no call that carries several records';

export const hasNoCallLimit: WhyNot = ({ limits }) =>
  isLacking(limits.calls) ? limits.calls.lacks : null;

export const hasNoClock: WhyNot = ({ webhook }) => {
  if (isLacking(webhook)) return webhook.lacks;
  return isLacking(webhook.believedMs) ? webhook.believedMs.lacks : null;
};

/** Whether people in the app can do something is known by the stage; a write-only app shows none of it. */
export const hasNoTrouble =
  (name: keyof Harness['troubles']): WhyNot =>
  ({ troubles }) => {
    const trouble = troubles[name];
    return isLacking(trouble) ? trouble.lacks : null;
  };
