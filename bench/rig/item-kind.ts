/** What a DynamoDB call is about, told by the first key it names (lib/state/table-keys.ts has the layout). Pure. */

export type ItemKind =
  | 'record'
  | 'link'
  | 'control'
  | 'inbox index'
  | 'tombstone'
  | 'history'
  | 'other';

export interface About {
  readonly table: 'state' | 'history';
  readonly kind: ItemKind;
  readonly items: number;
}

type Attribute = { readonly S?: string };
type Item = Readonly<Record<string, Attribute>>;

interface Call {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
  readonly Statements?: readonly { Statement: string; Parameters: readonly Attribute[] }[];
  readonly RequestItems?: Readonly<
    Record<string, { Keys?: readonly Item[] } | readonly { PutRequest?: { Item: Item } }[]>
  >;
}

export function kindOfItem(operation: string, body: object): About {
  const call = body as Call;
  const { tableName, partitions } = placesOf(operation, call);
  const table = /history/i.test(tableName) ? 'history' : 'state';
  const isIndex = call.IndexName !== undefined;
  const kind = isIndex ? 'inbox index' : table === 'history' ? 'history' : kindOf(partitions[0]);
  return { table, kind, items: partitions.length };
}

function placesOf(
  operation: string,
  call: Call,
): { tableName: string; partitions: readonly string[] } {
  if (operation === 'BatchExecuteStatement') {
    const statements = call.Statements ?? [];
    const tableName = /"([^"]+)"/.exec(statements[0]?.Statement ?? '')?.[1] ?? '';
    return { tableName, partitions: statements.map(partitionOfStatement) };
  }
  if (call.RequestItems !== undefined) {
    const [[tableName, requests] = ['', []]] = Object.entries(call.RequestItems);
    const items = isPuts(requests)
      ? requests.map(({ PutRequest }) => PutRequest?.Item ?? {})
      : (requests.Keys ?? []);
    return { tableName, partitions: items.map(partitionOf) };
  }
  const { TableName = '', Key, Item, ExpressionAttributeValues: values } = call;
  const partition = partitionOf(Key ?? Item ?? { pk: values?.[':pk'] ?? {} });
  return { tableName: TableName, partitions: [partition] };
}

const isPuts = (
  requests: { Keys?: readonly Item[] } | readonly { PutRequest?: { Item: Item } }[],
): requests is readonly { PutRequest?: { Item: Item } }[] => Array.isArray(requests);

const partitionOf = (item: Item): string => item['pk']?.S ?? '';

/** Inserts name the partition first, updates among their conditions: it is the first text with a `#`. */
function partitionOfStatement({ Parameters }: { Parameters: readonly Attribute[] }): string {
  return Parameters.find(({ S }) => S?.includes('#') === true)?.S ?? '';
}

function kindOf(partition = ''): ItemKind {
  if (/#link#/.test(partition)) return 'link';
  if (partition.endsWith('#control')) return 'control';
  if (/^#(tombstone|installation)/.test(partition)) return 'tombstone';
  if (/#(spill|digest)/.test(partition)) return 'other';
  return /#\d\d$/.test(partition) ? 'record' : 'other';
}
