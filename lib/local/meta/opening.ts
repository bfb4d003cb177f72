/** How an ad account begins: from its journal, or new with one empty audience. */
import { createFileJournal, createMemoryJournal, readJournal } from '../simulation/journal.ts';
import type { Journal } from '../simulation/journal.ts';
import { deriveId, numberId } from '../simulation/random.ts';
import type { AudienceRecord, Change, Identity } from './model.ts';
import type { SimulatorOptions } from './options.ts';
import { changeSettings } from './settings.ts';
import type { Account } from './state.ts';

export interface Opened {
  readonly journal: Journal<Change>;
  readonly identity: Identity;
  readonly isResumed: boolean;
}

/** What the journal holds, or a new account; a token or id given now wins over a remembered one. */
export function openState(options: SimulatorOptions, account: Account, now: number): Opened {
  const { statePath, seed } = options;
  const changes = statePath === undefined ? [] : readJournal<Change>(statePath);
  for (const change of changes) account.apply(change);
  const remembered = account.identity();
  const settings = changeSettings(account.settings(), options.settings ?? {});
  if (typeof settings === 'string') throw new Error(`simulated Meta: ${settings}`);
  account.apply({ kind: 'settings', settings });
  const identity: Identity = {
    accountId: options.accountId ?? remembered?.accountId ?? numberId(['account', seed], 15),
    accountName: remembered?.accountName ?? 'Trivet sample ad account',
    accessToken:
      options.accessToken ?? remembered?.accessToken ?? `EAAB${deriveId(['token', seed], 40)}`,
  };
  account.apply({ kind: 'identity', identity });
  if (remembered === null) {
    account.apply({ kind: 'audience', audience: firstAudience(options, now) });
  }
  const journal =
    statePath === undefined
      ? createMemoryJournal<Change>()
      : createFileJournal(statePath, account.snapshot());
  return { journal, identity, isResumed: remembered !== null };
}

function firstAudience(options: SimulatorOptions, now: number): AudienceRecord {
  return {
    id: options.audienceId ?? numberId(['audience', options.seed, 0], 17),
    name: options.audienceName ?? 'Trivet sample audience',
    description: '',
    customerFileSource: 'USER_PROVIDED_ONLY',
    retentionDays: null,
    isValueBased: false,
    createdAt: now,
    updatedAt: now,
    contentUpdatedAt: null,
    settlesAt: now,
    forcedStatus: null,
    lookalikes: 0,
  };
}
