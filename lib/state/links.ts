/**
 * Reverse links: which CRM key a remote id belongs to. Claimed by an insert that does not overwrite, so
 * two lanes that meet the same person at once agree on one record (DESIGN I9). Every step may be redone:
 * what is already as wanted counts as done.
 */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import { StateUnavailable, type RecordStore } from '../ports/state.ts';
import { requireNumber, requireText, toItem, type Item } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { sendConditional, type Connection } from './sending.ts';
import { insertStatement, runStatements } from './statements.ts';
import { idOfSortText, linkKey } from './table-keys.ts';

type LinkStore = Pick<RecordStore, 'findLinks' | 'claimLinks' | 'moveLink' | 'releaseLink'>;
type Links = ReadonlyMap<RemoteId, CrmKey>;

/** A claim that loses to a link which is gone when we look is made again; five times in a row is no coincidence. */
const claimRoundsMax = 5;

export function createLinks(connection: Connection, table: string): LinkStore {
  const { client, backoff } = connection;
  return {
    findLinks: (sync, ids) => findLinks(connection, table, sync, ids),
    claimLinks: async (sync, claims) => {
      const wanted = new Map<RemoteId, CrmKey>();
      for (const { id, key } of claims) if (!wanted.has(id)) wanted.set(id, key);
      const held = await claimAll(connection, table, sync, wanted);
      return claims.map(({ id }) => requireHolder(held, id));
    },
    moveLink: async (sync, id, from, to) => {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: toItem({ ...linkKey(sync, id) }),
        UpdateExpression: 'SET k = :to, g = :g',
        ConditionExpression: '(k = :from OR k = :to) AND g <= :g',
        ExpressionAttributeValues: toItem({ ':from': from, ':to': to, ':g': itemRevision }),
      });
      const outcome = await sendConditional(backoff, () => client.send(command));
      return outcome === 'done' ? 'saved' : 'lost';
    },
    releaseLink: async (sync, id, from) => {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: toItem({ ...linkKey(sync, id) }),
        ConditionExpression: 'attribute_not_exists(k) OR (k = :from AND g <= :g)',
        ExpressionAttributeValues: toItem({ ':from': from, ':g': itemRevision }),
      });
      const outcome = await sendConditional(backoff, () => client.send(command));
      return outcome === 'done' ? 'saved' : 'lost';
    },
  };
}

async function findLinks(
  connection: Connection,
  table: string,
  sync: string,
  ids: Iterable<RemoteId>,
): Promise<Links> {
  const byPlace = new Map<string, RemoteId>();
  for (const id of ids) byPlace.set(linkKey(sync, id).sk, id);
  const keys = [...byPlace.values()].map((id) => linkKey(sync, id));
  const items = await getItems(connection, table, keys);
  return new Map(
    items.map((item) => {
      const sk = requireText(item, 'sk');
      return [byPlace.get(sk) ?? (idOfSortText(sk) as RemoteId), holderOf(item)];
    }),
  );
}

async function claimAll(
  connection: Connection,
  table: string,
  sync: string,
  wanted: Links,
): Promise<Links> {
  const held = new Map<RemoteId, CrmKey>();
  for (let round = 1; ; round += 1) {
    const open = [...wanted].filter(([id]) => !held.has(id));
    if (open.length === 0) return held;
    if (round > claimRoundsMax) break;
    const statements = open.map(([id, key]) =>
      insertStatement(table, linkKey(sync, id), toItem({ k: key, g: itemRevision })),
    );
    const outcomes = await runStatements(connection, statements);
    const refused = new Set(open.map(([id]) => id).filter((_, row) => outcomes[row] !== 'done'));
    for (const [id, key] of open) if (!refused.has(id)) held.set(id, key);
    for (const [id, key] of await findLinks(connection, table, sync, refused)) held.set(id, key);
  }
  throw new StateUnavailable('Links are claimed and released by others faster than we can look.');
}

function holderOf(item: Item): CrmKey {
  const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
  requireKnownRevision(key, requireNumber(item, 'g'));
  return requireText(item, 'k') as CrmKey;
}

function requireHolder(held: Links, id: RemoteId): CrmKey {
  const key = held.get(id);
  if (key === undefined) throw new Error(`Nobody holds the link ${id} although it was claimed.`);
  return key;
}
