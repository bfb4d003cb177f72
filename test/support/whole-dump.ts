/** Everything a running sandbox holds, to be compared: the CRM with Trivet's schema, the state tables, the lanes, the app. */
import { DynamoDBClient, paginateScan, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { parseStackOutputs } from '../../lib/config/stack-outputs.ts';
import { canonicalJson } from '../../lib/engine/fingerprint.ts';
import type { Json } from '../../lib/engine/value.ts';
import { findSandboxes } from '../../lib/local/sandbox/running.ts';
import type { SandboxUnderTest } from './sandbox.ts';

export type WholeDump = Readonly<Record<string, unknown>>;

export async function dumpWhole(sandbox: SandboxUnderTest): Promise<WholeDump> {
  return {
    ...(await dumpCrm(sandbox)),
    ...(await dumpState(sandbox)),
    lanes: await depthOf(sandbox),
    ...(await dumpApp(sandbox)),
  };
}

async function dumpCrm(sandbox: SandboxUnderTest): Promise<WholeDump> {
  const tables = await sandbox.sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const found = await sandbox.sql<{ row: string }>(
      `select t::text as row from ${name} t order by 1`,
    );
    rows[`table ${name}`] = found.map(({ row }) => row);
  }
  const objects = await sandbox.sql<{ object: string }>(
    `select 'relation ' || c.oid::regclass::text || ' ' || c.relkind::text as object from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     union all select 'trigger ' || tgname || ' ' || tgrelid::regclass::text || ' ' || tgenabled::text
       from pg_trigger where not tgisinternal
     union all select 'function ' || p.oid::regprocedure::text from pg_proc p
       join pg_namespace n on n.oid = p.pronamespace
       where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     union all select 'sequence ' || schemaname || '.' || sequencename || ' ' || coalesce(last_value::text, '')
       from pg_sequences
     order by 1`,
  );
  return { ...rows, objects: objects.map(({ object }) => object) };
}

async function dumpState(sandbox: SandboxUnderTest): Promise<WholeDump> {
  const { dynamodb: endpoint, region } = sandbox.description.aws;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region, credentials });
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const dumped: Record<string, unknown> = {};
    for (const TableName of TableNames) {
      const items: string[] = [];
      for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
        items.push(...(page.Items ?? []).map((item) => canonicalJson(item as unknown as Json)));
      dumped[`state ${TableName}`] = items.toSorted();
    }
    return dumped;
  } finally {
    client.destroy();
  }
}

async function depthOf(sandbox: SandboxUnderTest): Promise<unknown> {
  const { control, aws } = sandbox.description;
  const stack = findSandboxes(process.cwd()).find((each) => each.control === control);
  const parsed = parseStackOutputs(stack?.outputs ?? {});
  if (!parsed.ok) throw new Error('the sandbox does not tell its queues');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: aws.sqs, region: aws.region, credentials });
  try {
    const [QueueUrl] = Object.values(parsed.outputs.LaneQueues);
    const AttributeNames: QueueAttributeName[] = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
    ];
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames });
    return (await client.send(command)).Attributes;
  } finally {
    client.destroy();
  }
}

/** What it holds, and what it was ever asked to change. */
async function dumpApp(sandbox: SandboxUnderTest): Promise<WholeDump> {
  const { routes, rowsWritten } = await sandbox.stats();
  const writes = Object.entries(routes).filter(([route]) => !route.startsWith('GET '));
  const members = [...(await sandbox.members()), ...(await sandbox.members('archived'))];
  return { members, writes, rowsWritten };
}
