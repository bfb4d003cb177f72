import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCapture } from '../../lib/crm/install.ts';
import { createPostgresReplica } from '../../lib/crm/replica.ts';
import { describePostgres } from '../support/postgres.ts';
import { FIXTURE_TABLE } from '../support/release-fixture/install-sql.ts';
import { deterministic, readAll, requirePage, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const FIXTURES = join(import.meta.dirname, '../fixtures');
const releases = readdirSync(FIXTURES).filter((name) => name.startsWith('release-'));

describePostgres('installing over the capture of an earlier release', (postgres) => {
  const crm = useCrm(postgres);

  test.each(releases)('%s is upgraded in place, and its log is read on', async (release) => {
    const database = await postgres.createDatabase();
    const owner = await database.connect();
    await owner.query(readFileSync(join(FIXTURES, release, 'capture.sql'), 'utf8'));
    const replica = createPostgresReplica({
      modified: null,
      connection: crm.connect(database.url),
      sync: 'contacts-news',
      match: 'email',
      ...FIXTURE_TABLE,
      ...deterministic(),
    });
    const start = await replica.currentCheckpoint();
    await owner.query("insert into contacts (email) values ('old@crm.test')");
    const [report] = (await installCapture(owner, [FIXTURE_TABLE])).tables;
    await owner.query("insert into contacts (email) values ('new@crm.test')");
    await owner.query("update contacts set first_name = 'Ann' where email = 'old@crm.test'");
    await owner.query("update contacts set notes = 'nobody reads this'");
    await owner.query("delete from contacts where email = 'new@crm.test'");
    expect(report?.warnings).toEqual([]);
    const read = await readAll(replica, start);
    expect(read.keys.toSorted()).toEqual(['1', '2']);
    const quiet = requirePage(await replica.readChanges(read.checkpoint, 10));
    expect(quiet.changes).toEqual([]);
  });

  test.each(releases)('%s, installed again without change, is left as it is', async (release) => {
    const owner = await (await postgres.createDatabase()).connect();
    await owner.query(readFileSync(join(FIXTURES, release, 'capture.sql'), 'utf8'));
    await installCapture(owner, [FIXTURE_TABLE]);
    const again = await installCapture(owner, [FIXTURE_TABLE]);
    expect(again.migrations).toEqual([]);
    expect(again.tables.flatMap(({ created }) => created)).toEqual([]);
  });
});
