/** How an audience begins: from its journal, or new with the first merge fields. */
import { createFileJournal, createMemoryJournal, readJournal } from '../simulation/journal.ts';
import type { Journal } from '../simulation/journal.ts';
import { deriveId } from '../simulation/random.ts';
import type { Audience } from './audience.ts';
import type { Change, Identity } from './model.ts';
import { firstMergeFields } from './options.ts';
import type { SimulatorOptions } from './options.ts';

export interface Opened {
  readonly journal: Journal<Change>;
  readonly identity: Identity;
  readonly isResumed: boolean;
}

/** What the journal holds, or a new audience; a key or id given now wins over a remembered one. */
export function openState(
  options: SimulatorOptions,
  audience: Audience,
  now: () => number,
): Opened {
  const { statePath } = options;
  const changes = statePath === undefined ? [] : readJournal<Change>(statePath);
  for (const change of changes) audience.apply(change);
  if (audience.identity() === null) {
    for (const field of firstMergeFields(options.mergeFields ?? [])) {
      audience.apply({ kind: 'field', field });
    }
  }
  const remembered = audience.identity();
  const identity = {
    apiKey: options.apiKey ?? remembered?.apiKey ?? `${deriveId(['key', options.seed], 32)}-us1`,
    audienceId:
      options.audienceId ?? remembered?.audienceId ?? deriveId(['audience', options.seed], 10),
    name: options.audienceName ?? remembered?.name ?? 'Trivet sample audience',
    createdAt: remembered?.createdAt ?? now(),
  };
  audience.apply({ kind: 'identity', identity });
  const journal =
    statePath === undefined
      ? createMemoryJournal<Change>()
      : createFileJournal(statePath, audience.snapshot());
  return { journal, identity, isResumed: remembered !== null };
}
