/** Storing where a sync stands: conditionally, for whoever lost that was not alone. */
import type { Checkpoint } from '../ports/state.ts';
import type { SyncContext } from './context.ts';

/** Thrown when another holder wrote the checkpoint: the message goes back and is worked anew. */
export class CheckpointLost extends Error {
  constructor(sync: string) {
    super(`another pull of ${sync} wrote its checkpoint meanwhile; this round starts again`);
    this.name = 'CheckpointLost';
  }
}

export async function saveCheckpoint(
  { state, sync }: Pick<SyncContext, 'state' | 'sync'>,
  checkpoint: Checkpoint,
): Promise<Checkpoint> {
  const { name } = sync.spec;
  const outcome = await state.saveCheckpoint(name, checkpoint);
  if (outcome === 'lost') throw new CheckpointLost(name);
  return { ...checkpoint, version: checkpoint.version + 1 };
}
