/** The walk by change time against a table that changes between any two pages: nobody's last state is missed. */
import fc from 'fast-check';
import {
  finishWalk,
  settledAt,
  startWalk,
  stepWalk,
  type Walk,
  type Watermark,
  watermarkAt,
} from '../../../lib/connectors/mailchimp/walk.ts';

interface Member {
  readonly id: string;
  second: number;
  /** What it says; changes with every edit, also within one second. */
  content: number;
  /** Order within a second. */
  place: number;
}

/** A vendor's table: sorted by second, stable within one, paged by offset over what is there now. */
class Table {
  now = 1000;
  private place = 0;
  private content = 0;
  readonly members = new Map<string, Member>();

  edit(id: string): void {
    this.content += 1;
    const before = this.members.get(id);
    // A second edit within one second leaves the row where it is.
    const stays = before?.second === this.now;
    this.place += 1;
    const place = stays ? before.place : this.place;
    this.members.set(id, { id, second: this.now, content: this.content, place });
  }

  page(since: number | null, offset: number, count: number): { rows: Member[]; total: number } {
    const matching = [...this.members.values()]
      .filter(({ second }) => since === null || second > since)
      .toSorted((a, b) => a.second - b.second || a.place - b.place);
    return { rows: matching.slice(offset, offset + count), total: matching.length };
  }
}

type Event =
  | { readonly kind: 'edit' | 'remove'; readonly id: number }
  | { readonly kind: 'tick'; readonly seconds: number };

const eventOf = (members: number): fc.Arbitrary<Event> => {
  const id = fc.nat(members - 1);
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('edit' as const), id }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), seconds: fc.nat(3) }) },
  );
};

function happen(table: Table, events: readonly Event[]): void {
  for (const each of events) {
    if (each.kind === 'tick') table.now += each.seconds;
    else if (each.kind === 'edit') table.edit(`m${each.id}`);
    else table.members.delete(`m${each.id}`);
  }
}

class Reader {
  readonly delivered = new Map<string, number>();
  readonly count: number;
  readonly between: () => void;
  constructor(count: number, between: () => void) {
    this.count = count;
    this.between = between;
  }

  /** One whole walk; `between` happens before each call. */
  run(table: Table, since: number | null): Walk {
    let walk = startWalk(since);
    for (let calls = 0; calls < 2000; calls += 1) {
      this.between();
      const { rows, total } = table.page(walk.since, walk.offset, this.count);
      const settledUpTo = settledAt(table.now * 1000, rows);
      const step = stepWalk(walk, { rows, total, settledUpTo });
      for (const { id, content } of rows.slice(step.freshFrom)) this.delivered.set(id, content);
      walk = step.walk;
      if (step.isDone) return walk;
    }
    throw new Error('The walk does not end');
  }
}

const contents = (table: Table): Record<string, number> =>
  Object.fromEntries([...table.members].map(([id, { content }]) => [id, content]));

interface Story {
  readonly members: number;
  readonly pageMax: number;
  readonly numRuns: number;
}

const FEW: Story = { members: 12, pageMax: 5, numRuns: 1500 };
/** Seconds that fill many pages, and edits that make the walk step back inside them. */
const MANY: Story = { members: 120, pageMax: 12, numRuns: 150 };

test.each([FEW, MANY])(
  'whatever happens between the pages, every one of $members members’ last state is delivered',
  ({ members, pageMax, numRuns }) => {
    const event = eventOf(members);
    const everybody = Array.from({ length: members }, (_, id) => ({ kind: 'edit', id }) as const);
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 30 }),
        fc.integer({ min: 2, max: pageMax }),
        fc.nat(3),
        (before, between, count, rounds) => {
          const table = new Table();
          happen(table, [...everybody, ...before]);
          const { delivered, inQuiet } = readThrough(table, between, count, rounds);
          expect(delivered).toEqual(contents(table));
          expect(inQuiet).toBe(0);
        },
      ),
      { numRuns },
    );
  },
);

function readThrough(
  table: Table,
  between: readonly (readonly Event[])[],
  count: number,
  rounds: number,
): { readonly delivered: unknown; readonly inQuiet: number } {
  const queue = [...between];
  const reader = new Reader(count, () => happen(table, queue.shift() ?? []));
  const newest = table.page(null, 0, 1000).rows.at(-1)?.second ?? null;
  let mark = watermarkAt(newest, table.now - 2, table.now);
  // The listing goes on while things happen; then the delta from before it, again and again.
  reader.run(table, null);
  for (let round = 0; round < rounds; round += 1) {
    mark = finishWalk(mark, reader.run(table, mark.since), table.now);
  }
  happen(table, queue.splice(0).flat());
  table.now += 5;
  mark = finishWalk(mark, reader.run(table, mark.since), table.now);
  const ids = [...table.members.keys()];
  const delivered = Object.fromEntries(ids.map((id) => [id, reader.delivered.get(id)]));
  reader.delivered.clear();
  table.now += 5;
  reader.run(table, mark.since);
  return { delivered, inQuiet: reader.delivered.size };
}

test('a vendor that shuffles the rows of one second does not hold us for ever', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2, max: 5 }), (size, count) => {
      const table = new Table();
      for (let n = 0; n < size; n += 1) table.edit(`m${n}`);
      table.now += 10;
      const reader = new Reader(count, () => {
        for (const member of table.members.values()) member.place = (member.place * 7919) % 104_729;
      });
      reader.run(table, null);
      expect(reader.delivered.size).toBeGreaterThan(0);
    }),
  );
});

describe('the watermark', () => {
  const mark: Watermark = { since: 100, newest: 100, again: null };

  test('stands at the newest second once that is settled', () => {
    const walk = { ...startWalk(100), newest: 120 };
    expect(finishWalk(mark, walk, 130).since).toBe(120);
  });

  test('stands before the first second that was read too early', () => {
    const walk = { ...startWalk(100), newest: 129, unsettled: 127 };
    expect(finishWalk(mark, walk, 130).since).toBe(126);
  });

  test('stays where it is when nothing changed, whatever our clock says', () => {
    expect(finishWalk(mark, startWalk(100), 5000)).toEqual(mark);
  });

  test('goes back once, ten minutes after it moved, to ten minutes before that', () => {
    const moved = finishWalk(mark, { ...startWalk(100), newest: 5000 }, 5010);
    expect(moved).toEqual({
      since: 5000,
      newest: 5000,
      again: { due: 5610, since: 4410, newest: 5000 },
    });
    const waiting = finishWalk(moved, startWalk(5000), 5609);
    expect(waiting).toEqual(moved);
    const back = finishWalk(waiting, startWalk(5000), 5610);
    expect(back).toEqual({ since: 4410, newest: 5000, again: null });
    const again = finishWalk(back, { ...startWalk(4410), newest: 5000 }, 5670);
    expect(again).toEqual({ since: 5000, newest: 5000, again: null });
  });

  test('without the vendor’s clock rows are settled by newer rows only', () => {
    const rows = [
      { id: 'a', second: 10 },
      { id: 'b', second: 20 },
    ];
    expect(settledAt(null, rows)).toBe(18);
    expect(settledAt(30_900, rows)).toBe(28);
  });
});
