/** Walks over many partitions as one sequence, a page at a time, with a cursor that says where it stopped. */
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from './attribute.ts';
import { send, type Connection } from './sending.ts';

/** The partition the walk is in, and the key of the last item it gave, outermost first. */
export interface WalkPosition {
  readonly partition: number;
  readonly after: readonly string[] | null;
}

export interface WalkPage {
  readonly items: readonly Item[];
  readonly next: WalkPosition | null;
}

export interface Walk {
  readonly partitionCount: number;
  query(partition: number): QueryCommandInput;
  /** The last item's key as the position keeps it, and back. */
  keyTexts(item: Item): readonly string[];
  startKey(partition: number, after: readonly string[]): Item;
}

export async function readWalkPage(
  connection: Connection,
  walk: Walk,
  from: WalkPosition | null,
  limit: number,
): Promise<WalkPage> {
  const items: Item[] = [];
  let position = from ?? { partition: 0, after: null };
  while (position.partition < walk.partitionCount) {
    const { partition, after } = position;
    const start = after === null ? {} : { ExclusiveStartKey: walk.startKey(partition, after) };
    const input = { ...walk.query(partition), ...start, Limit: limit - items.length };
    const answer = await send(connection.backoff, () =>
      connection.client.send(new QueryCommand(input)),
    );
    items.push(...(answer.Items ?? []));
    const last = answer.LastEvaluatedKey;
    position =
      last === undefined
        ? { partition: partition + 1, after: null }
        : { partition, after: walk.keyTexts(last) };
    if (items.length >= limit) break;
  }
  return { items, next: position.partition < walk.partitionCount ? position : null };
}

/** All of one query up to a limit. */
export async function readQuery(
  connection: Connection,
  input: QueryCommandInput,
  limit: number,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  while (items.length < limit) {
    const page = {
      ...input,
      Limit: limit - items.length,
      ...(start && { ExclusiveStartKey: start }),
    };
    const answer = await send(connection.backoff, () =>
      connection.client.send(new QueryCommand(page)),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
    if (start === undefined) break;
  }
  return items;
}

export function formatPosition(position: WalkPosition | null): string | null {
  if (position === null) return null;
  const texts = [position.partition, ...(position.after ?? [])];
  return Buffer.from(JSON.stringify(texts)).toString('base64url');
}

/** Cursors come back through queues and people's hands, so a broken one is named. */
export function requirePosition(cursor: string | null, keyLength: number): WalkPosition | null {
  if (cursor === null) return null;
  const [partition, ...after] = parseTexts(cursor);
  const isWhole = after.length === 0 || after.length === keyLength;
  if (
    !Number.isSafeInteger(partition) ||
    Number(partition) < 0 ||
    !isWhole ||
    !after.every(isText)
  ) {
    throw new Error(`${cursor} is no cursor of this walk; begin again without one.`);
  }
  return { partition: Number(partition), after: after.length === 0 ? null : after };
}

function parseTexts(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
