/** Listings of the simulated Dialpad: pages by cursor over a list that changes meanwhile. */
import { itemsOf, messageOf, pathOf, startDialpad } from './dialpad-simulator-world.ts';
import type { Answer, Body, DialpadWorld } from './dialpad-simulator-world.ts';

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    uid: `p${index}`,
    first_name: `P${index}`,
    last_name: 'Test',
  }));

const nameOf = ({ first_name: name }: Body): string => String(name);

describe('listings of the simulated Dialpad', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  const page = async (cursor?: unknown): Promise<Answer> =>
    world.api('GET', `/contacts${typeof cursor === 'string' ? `?cursor=${cursor}` : ''}`);

  /** All pages; `between` runs before each but the first. */
  const walk = async (between: (seen: readonly Body[]) => Promise<unknown> = async () => {}) => {
    const pages: (readonly Body[])[] = [];
    let answer = await page();
    pages.push(itemsOf(answer));
    while (answer.body['cursor'] !== undefined) {
      await between(pages.flat());
      answer = await page(answer.body['cursor']);
      pages.push(itemsOf(answer));
    }
    return pages;
  };

  test('have a hundred rows a page and everybody once, in no order of ours', async () => {
    world.simulator.seedContacts(people(250));
    const pages = await walk();
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 50]);
    const names = pages.flat().map(nameOf);
    expect(new Set(names).size).toBe(250);
    expect(names).not.toEqual(people(250).map(nameOf));
  });

  test('go on after a full page even when nothing follows', async () => {
    world.simulator.seedContacts(people(100));
    expect((await walk()).map(({ length }) => length)).toEqual([100, 0]);
  });

  test('say in any of three ways that a page is the last', async () => {
    const endOf = async (endCursor: string) => {
      await world.settings({ endCursor });
      return (await page()).body;
    };
    expect(await endOf('absent')).toEqual({});
    expect(await endOf('null')).toEqual({ cursor: null });
    expect(await endOf('empty')).toEqual({ cursor: '' });
  });

  test('miss a contact that changes behind the walk’s back, or have it twice', async () => {
    await world.settings({ pageRows: 10, callsPerSecond: 10_000 });
    world.simulator.seedContacts(people(60));
    let missed = 0;
    let doubled = 0;
    for (let n = 0; n < 6; n += 1) {
      const pages = await walk(async (seen) => {
        const { contacts } = (await world.control('GET', '/contacts')).body;
        const seenNames = new Set(seen.map(nameOf));
        const unseen = (contacts as readonly Body[]).find((one) => !seenNames.has(nameOf(one)));
        for (const contact of [seen.at(-1), unseen]) {
          await world.person('edit', { id: contact?.['id'], set: { job_title: 'moved' } });
        }
      });
      const names = pages.flat().map(nameOf);
      missed += 60 - new Set(names).size;
      doubled += names.length - new Set(names).size;
    }
    expect(missed).toBeGreaterThan(0);
    expect(doubled).toBeGreaterThan(0);
  });

  test('show nobody twice who stayed as they were', async () => {
    await world.settings({ pageRows: 10 });
    world.simulator.seedContacts(people(40));
    const gone = people(40).slice(0, 5);
    const pages = await walk(async () => {
      const next = gone.pop();
      if (next !== undefined) await world.person('delete', { uid: next.uid });
    });
    const names = pages.flat().map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    for (const { first_name: name } of people(40).slice(5)) expect(names).toContain(name);
  });

  test('refuse the cursor of another list, and none at all', async () => {
    world.simulator.seedContacts(people(100));
    const { cursor } = (await page()).body;
    for (const path of ['/contacts?cursor=oops', `/blockednumbers?cursor=${String(cursor)}`]) {
      const answer = await world.api('GET', path);
      expect(answer.status).toBe(400);
      expect(messageOf(answer)).toContain('cursor');
    }
    expect((await page('')).status).toBe(200);
  });

  test('show a contact that was read by its id the same way', async () => {
    world.simulator.seedContacts(people(3));
    for (const contact of itemsOf(await page())) {
      expect((await world.api('GET', pathOf(contact['id']))).body).toEqual(contact);
    }
  });
});

describe('a limit, which the vendor wants nobody to ask for,', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad({ isChecked: false, settings: { callsPerSecond: 10_000 } });
    world.simulator.seedContacts(people(120));
  });

  afterEach(async () => {
    await world.stop();
  });

  test('is obeyed up to a hundred', async () => {
    expect(itemsOf(await world.api('GET', '/contacts?limit=7'))).toHaveLength(7);
    expect((await world.api('GET', '/contacts?limit=0')).status).toBe(400);
    expect((await world.api('GET', '/contacts?limit=all')).status).toBe(400);
  });

  test('above a hundred gives a hundred, and a refusal to one call in five', async () => {
    const answers: Answer[] = [];
    for (let n = 0; n < 200; n += 1) answers.push(await world.api('GET', '/contacts?limit=500'));
    const refused = answers.filter(({ status }) => status === 400);
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.length).toBeLessThan(60);
    const served = answers.filter(({ status }) => status === 200);
    expect(served.every((answer) => itemsOf(answer).length === 100)).toBe(true);
    expect((await world.control('GET', '/stats')).body['limitsAsked']).toBe(200);
  });
});
