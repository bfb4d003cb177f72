/**
 * Proof that a name (a CRM key, remote id or match value) was deleted, without keeping the name: HMAC-SHA256
 * under a key of the installation. They outlive everything else, or an old listing would bring people back.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { TombstoneStore } from '../ports/state.ts';
import { requireNumber, requireText, toAttribute, toItem } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import type { Connection } from './sending.ts';
import { insertStatement, runStatements, type Statement } from './statements.ts';
import { tombstoneKeyOf, tombstoneSecretKey } from './table-keys.ts';

export interface TombstoneOptions {
  readonly table: string;
  /** Without one, a random key is kept in the table itself: enough against a glance, not against guessing by who can read the table. */
  readonly key?: string | undefined;
}

export function createTombstones(
  connection: Connection,
  options: TombstoneOptions,
): TombstoneStore {
  const { table } = options;
  let known: string | undefined = options.key;
  const key = async (): Promise<string> => (known ??= await establishKey(connection, table));
  const hashAll = async (names: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const secret = await key();
    return new Map(names.map((name) => [hashName(secret, name), name]));
  };
  return {
    bury: async (names, at) => {
      const hashes = [...(await hashAll(names)).keys()];
      const inserts = hashes.map((hash) => insertTombstone(table, hash, at));
      const outcomes = await runStatements(connection, inserts);
      // Buried before: only a later time says more than what is there. Losing that condition is fine.
      const again = hashes.filter((_, row) => outcomes[row] === 'refused');
      await runStatements(
        connection,
        again.map((hash) => deepenTombstone(table, hash, at)),
      );
    },
    // Another use, another key: digests of values and tombstones are never comparable.
    valueKey: async () => hashName(await key(), 'trivet digests of values'),
    buried: async (names) => {
      const hashes = await hashAll(names);
      const items = await getItems(connection, table, [...hashes.keys()].map(tombstoneKeyOf));
      const found = new Map<string, number>();
      for (const item of items) {
        const hash = requireText(item, 'sk');
        requireKnownRevision(tombstoneKeyOf(hash), requireNumber(item, 'g'));
        const name = hashes.get(hash);
        if (name !== undefined) found.set(name, requireNumber(item, 't'));
      }
      return found;
    },
  };
}

export function hashName(key: string, name: string): string {
  return createHmac('sha256', key).update(name, 'utf8').digest('hex');
}

function insertTombstone(table: string, hash: string, at: number): Statement {
  return insertStatement(table, tombstoneKeyOf(hash), toItem({ t: at, g: itemRevision }));
}

function deepenTombstone(table: string, hash: string, at: number): Statement {
  const key = tombstoneKeyOf(hash);
  return {
    key,
    text: `UPDATE "${table}" SET t = ? WHERE pk = ? AND sk = ? AND t < ?`,
    parameters: [at, key.pk, key.sk, at].map(toAttribute),
  };
}

/** The first to need a key makes it; everybody else finds that one. */
async function establishKey(connection: Connection, table: string): Promise<string> {
  const fresh = randomBytes(32).toString('base64url');
  const attributes = toItem({ k: fresh, g: itemRevision });
  const found = await getItems(connection, table, [tombstoneSecretKey]);
  if (found[0] !== undefined) return requireText(found[0], 'k');
  await runStatements(connection, [insertStatement(table, tombstoneSecretKey, attributes)]);
  const [stored] = await getItems(connection, table, [tombstoneSecretKey]);
  if (stored === undefined) throw new Error('The key of the tombstones is gone from the table.');
  return requireText(stored, 'k');
}
