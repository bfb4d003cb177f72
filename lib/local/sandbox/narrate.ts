/**
 * What `npm start` shows once everything runs: the first sync as it goes, what it did, where things are,
 * and then, until somebody stops it, an edit at one side now and then and how long it takes to the other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../../engine/model.ts';
import { openBystander } from './bystander.ts';
import { EDIT_KINDS, type Edit, type EditWorld } from './edits.ts';
import { watchFirstSync, type WatchedSync } from './first-sync.ts';
import { createHistoryTable } from './history-tally.ts';
import { createDice } from './people.ts';
import type { Sandbox } from './sandbox.ts';
import type { Stage } from './stage.ts';

export interface Narration {
  readonly sandbox: Sandbox;
  readonly stage: Stage;
  /** Decides which edits are made. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

const EDIT_EVERY_MS = 4_000;
const EDIT_WAIT_MAX_MS = 30_000;
const LOOK_EVERY_MS = 50;

export async function narrate(narration: Narration): Promise<void> {
  const { sandbox, stage, signal } = narration;
  const { aws } = sandbox.description;
  const people = await openBystander(sandbox.description);
  const client = new DynamoDBClient({
    endpoint: aws.dynamodb,
    region: aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const history = createHistoryTable(client, sandbox.runtime.outputs.values['HistoryTable'] ?? '');
  try {
    await tellFirstSync({ sandbox, people, history, stage, signal });
    if (signal.aborted) return;
    const sync = sandbox.config.syncs[0]?.spec.name ?? '';
    const [first] = await people.sql<{ id: CrmKey }>(
      'select id::text from contacts order by contacts.id limit 1 offset 16',
    );
    stage.places(sandbox.description, { sync, key: first?.id ?? '1' });
    const nextNumber = createNumbers();
    await keepEditing(narration, {
      people,
      dice: createDice(narration.seed + 1),
      nextNumber,
      remoteIdOf: async (key) => {
        const records = await sandbox.state.load(sync, [key]);
        return records.get(key)?.state.remoteId ?? null;
      },
    });
  } catch (error) {
    // What was under way when everything stops may fail in any way it likes.
    if (!signal.aborted) throw error;
  } finally {
    client.destroy();
    await people.close().catch(() => undefined);
  }
}

/** A sandbox resumed from its data directory has had its first sync. */
async function tellFirstSync(watched: WatchedSync): Promise<void> {
  const { sandbox, stage, signal } = watched;
  const names = sandbox.config.syncs.map(({ spec }) => spec.name);
  const checkpoints = await Promise.all(names.map((name) => sandbox.state.loadCheckpoint(name)));
  const isResumed = checkpoints.every(
    (checkpoint) =>
      checkpoint !== null && checkpoint.backfill === null && checkpoint.round.number > 0,
  );
  if (isResumed && (await watched.history.count()) > 0) {
    stage.note('Everything is where it was: the first sync was done before.');
    return;
  }
  const result = await watchFirstSync(watched);
  if (result !== null) stage.firstSync(result);
  else if (!signal.aborted)
    stage.note('The first sync has not come to rest; see: npx trivet status');
}

async function keepEditing({ stage, signal }: Narration, world: EditWorld): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const kind = EDIT_KINDS[turn] ?? EDIT_KINDS[Math.floor(world.dice() * EDIT_KINDS.length)];
    const edit = (await kind?.(world)) ?? null;
    // Nobody there to edit in this way: another kind, at once.
    if (edit === null) continue;
    const next = sleep(EDIT_EVERY_MS, undefined, { signal }).catch(() => undefined);
    await follow(edit, stage, signal);
    await next;
  }
}

/** Times an edit from the moment it was made until the other side shows it. */
async function follow(edit: Edit, stage: Stage, signal: AbortSignal): Promise<void> {
  const madeAt = performance.now();
  stage.edit(edit);
  while (!signal.aborted) {
    const hasArrived = await edit.hasArrived();
    const tookMs = performance.now() - madeAt;
    if (hasArrived) {
      stage.arrived(edit, tookMs);
      return;
    }
    if (tookMs > EDIT_WAIT_MAX_MS) {
      stage.missing(edit, tookMs);
      return;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Numbers no earlier run of the same data directory used. */
function createNumbers(): () => number {
  let number = Math.floor(Date.now() / 1000) % 10_000_000;
  return () => (number += 1);
}
