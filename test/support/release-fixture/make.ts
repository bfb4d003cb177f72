/**
 * Makes the fixture of a release: what it stores, what it sends, and the triggers it installs. Run once
 * for a release, with that release's code, and kept: `node test/support/release-fixture/make.ts 0.1`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client } from 'pg';
import { startDynamoDb } from '../../../lib/local/services/dynamodb.ts';
import { startPostgres } from '../../../lib/local/services/postgres.ts';
import { createStateStore } from '../../../lib/state/state-store.ts';
import { createTables } from '../../stack/state-store-tables.ts';
import { dumpWorld } from '../flow-world/dump.ts';
import type { World } from '../flow-world/world.ts';
import { recordInstallation } from './install-sql.ts';
import { itemsOf, readDomain, storeMemory, TOMBSTONE_KEY } from './items.ts';
import { tellBeginning, tellStory } from './story.ts';

const [, , release] = process.argv;
if (release === undefined || !/^\d+\.\d+$/.test(release))
  throw new Error('Say which release: node test/support/release-fixture/make.ts 0.1');
const folder = join(import.meta.dirname, `../../fixtures/release-${release}`);
mkdirSync(folder, { recursive: true });

const dynamodb = await startDynamoDb();
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = new DynamoDBClient({
  endpoint: dynamodb.endpoint,
  region: 'us-east-1',
  credentials,
});
const write = (name: string, content: object): void =>
  writeFileSync(join(folder, name), `${JSON.stringify(content)}\n`);

async function makeStory(name: string, world: World): Promise<void> {
  const [stateTable, historyTable] = [`state-${name}`, `history-${name}`];
  await createTables(client, stateTable, historyTable);
  const store = createStateStore({
    client,
    stateTable,
    historyTable,
    historyDays: 36_500,
    now: () => world.clock.now(),
    tombstoneKey: TOMBSTONE_KEY,
  });
  const tables = { client, store, stateTable, historyTable };
  const dump = dumpWorld(world);
  await storeMemory(tables, dump.memory);
  write(`${name}.json`, {
    items: await itemsOf(tables),
    domain: await readDomain(tables, dump.memory),
    world: dump,
  });
}

await makeStory('live', await tellStory());
await makeStory('beginning', await tellBeginning());
client.destroy();
await dynamodb.stop();

const postgres = await startPostgres();
const owner = new Client({ connectionString: postgres.url });
await owner.connect();
writeFileSync(join(folder, 'capture.sql'), await recordInstallation(owner));
await owner.end();
await postgres.stop();
