/** The flow between a CRM in memory and the phone book of examples/, through the connector's own code and a real file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBook, nextChange, parseBook, type Book } from '../../examples/phone-book/book.ts';
import { createPhoneBook } from '../../examples/phone-book/connector.ts';
import config from '../../examples/phone-book/trivet.config.ts';
import { createCrmPort } from '../support/flow-world/crm-port.ts';
import { createCrmTable, type CrmTable } from '../support/flow-world/crm-table.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

let dir: string;
let world: World;
let table: CrmTable;

const path = (): string => join(dir, 'book.csv');

function readBook(): Book {
  const book = parseBook(readFileSync(path(), 'utf8'));
  if (book === null) throw new Error('the file is no phone book any more');
  return book;
}

/** As somebody at the reception does. */
function edit(name: string, city: string): void {
  const book = readBook();
  const changed = nextChange(book, world.clock.now());
  const entries = book.entries.map((entry) =>
    entry.name === name ? { ...entry, city, changed } : entry,
  );
  writeFileSync(path(), formatBook({ ...book, entries }));
}

const inTransaction = <T>(work: (of: ReturnType<CrmTable['begin']>) => T): T => {
  const transaction = table.begin();
  try {
    return work(transaction);
  } finally {
    transaction.commit();
  }
};

const cityOf = (name: string): unknown =>
  [...table.rows.values()].find((row) => row['full_name']?.json === name)?.['city']?.json;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-book-'));
  const base = createWorld({ seed: 1 });
  const [sync] = config.syncs;
  if (sync === undefined) throw new Error('the example has a sync');
  table = createCrmTable({
    now: () => base.clock.now(),
    columns: ['phone', 'full_name', 'city'],
    matchColumn: 'phone',
    trigger: (cells) => cells,
    refuse: () => null,
  });
  const reader = { mark: null, previous: null };
  let ids = 0;
  world = {
    ...base,
    sync,
    context: (running) => ({
      ...base.context(running),
      sync,
      crm: createCrmPort({
        table,
        reader,
        running,
        random: () => `crm-${(ids += 1)}`,
        pageMax: 3,
        overlapMs: null,
        isDown: () => false,
        wrote: () => undefined,
      }),
      app: createPhoneBook({ book: 'office', path: path(), clock: running.clock }),
    }),
  };
  const grace = { name: 'Grace Hopper', phone: '+1 (202) 555-9000', city: 'Arlington' };
  const changed = base.clock.now();
  const entries = [{ id: 'by-hand', ...grace, isStruck: false, changed }];
  writeFileSync(path(), formatBook({ name: 'office', entries }));
});

afterEach(() => rmSync(dir, { recursive: true }));

test('people come into both ends, edits go both ways, and then nothing is written any more', async () => {
  const keys = ['Ada', 'Eve', 'Bob'].map((full_name, n) =>
    inTransaction((of) => of.insert({ full_name, phone: `+1202555100${n}`, city: 'Town' })),
  );
  await settle(world);
  expect(
    readBook()
      .entries.map(({ name }) => name)
      .toSorted(),
  ).toEqual(['Ada', 'Bob', 'Eve', 'Grace Hopper']);
  expect(cityOf('Grace Hopper')).toBe('Arlington');

  edit('Ada', 'Utrecht');
  const [, eve, bob] = keys;
  if (eve === undefined || bob === undefined) throw new Error('three were made');
  inTransaction((of) => of.update(eve, { city: 'Ghent' }));
  inTransaction((of) => of.remove(bob));
  world.clock.advance(60_000);
  await settle(world);
  expect(cityOf('Ada')).toBe('Utrecht');
  const byName = new Map(readBook().entries.map((entry) => [entry.name, entry]));
  expect(byName.get('Eve')?.city).toBe('Ghent');
  expect(byName.get('Bob')?.isStruck).toBe(true);

  const text = readFileSync(path(), 'utf8');
  const rows = JSON.stringify([...table.rows]);
  world.clock.advance(60_000);
  await settle(world);
  expect(readFileSync(path(), 'utf8')).toBe(text);
  expect(JSON.stringify([...table.rows])).toBe(rows);
  expect(world.errors).toEqual([]);
});
