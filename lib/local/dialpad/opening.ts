/** How a company begins: from its journal, or new and without contacts. */
import { createFileJournal, createMemoryJournal, readJournal } from '../simulation/journal.ts';
import type { Journal } from '../simulation/journal.ts';
import { deriveId, numberId } from '../simulation/random.ts';
import type { Change, Identity } from './model.ts';
import type { SimulatorOptions } from './options.ts';
import { changeSettings } from './settings.ts';
import type { Company } from './state.ts';

export interface Opened {
  readonly journal: Journal<Change>;
  readonly identity: Identity;
  readonly isResumed: boolean;
}

/** What the journal holds, or a new company; a key or id given now wins over a remembered one. */
export function openState(options: SimulatorOptions, company: Company): Opened {
  const { statePath, seed } = options;
  const changes = statePath === undefined ? [] : readJournal<Change>(statePath);
  for (const change of changes) company.apply(change);
  const remembered = company.identity();
  const settings = changeSettings(company.settings(), options.settings ?? {});
  if (typeof settings === 'string') throw new Error(`simulated Dialpad: ${settings}`);
  company.apply({ kind: 'settings', settings });
  const identity: Identity = {
    companyId: options.companyId ?? remembered?.companyId ?? numberId(['company', seed], 15),
    companyName: options.companyName ?? remembered?.companyName ?? 'Trivet sample company',
    apiKey: options.apiKey ?? remembered?.apiKey ?? deriveId(['key', seed], 60),
  };
  company.apply({ kind: 'identity', identity });
  const journal =
    statePath === undefined
      ? createMemoryJournal<Change>()
      : createFileJournal(statePath, company.snapshot());
  return { journal, identity, isResumed: remembered !== null };
}
