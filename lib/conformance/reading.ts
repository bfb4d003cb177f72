/** Walks: everybody is seen, though people come, change and go between two pages. */
import type { RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import {
  claimHolds,
  lastSeen,
  PLENTY,
  plainPaths,
  range,
  typeOf,
  valueOf,
  walkThrough,
  type Bench,
} from './bench.ts';
import { anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Fields, type Held } from './harness.ts';
import { hasNoDelta, isWriteOnly } from './reasons.ts';

const CURSOR_BYTES_MAX = 1024;
/** Longer than an app needs to be sure of what it just wrote. */
const SETTLED_MS = 30_000;
/** Numbers of people who come later. */
const NEWCOMER = 5000;

export const READING: readonly Clause[] = [
  {
    id: 'list',
    promise: 'a listing shows everybody, as they are, and ends',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      await addPeople(bench, bench.harness.limits.rowsPerPage * 2 + 3);
      const walk = await walkThrough({ bench, by: 'list', from: null });
      claim(walk.cursors.length > 1, 'more people than a page holds came on one page');
      await claimSeenAsHeld(bench, walk.seen);
    },
  },
  {
    id: 'list-empty',
    promise: 'a listing of nobody is over at once',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      const page = valueOf(await bench.app.list(null, PLENTY));
      claimEqual([page.observations.length, page.done], [0, true], 'records, done');
    },
  },
  {
    id: 'list-changing',
    promise: 'a listing during which people come, change and go ends, and nobody is lost for long',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      const ids = await addPeople(bench, bench.harness.limits.rowsPerPage * 3);
      const hasDelta = bench.harness.capabilities.delta === 'time';
      // Or all of it would still be the present, and be shown again by the delta.
      bench.stage.pass(SETTLED_MS);
      const start = hasDelta ? valueOf(await bench.app.present(PLENTY)) : null;
      const between = (page: number): Promise<void> => stirPeople(bench, ids, page);
      const walk = await walkThrough({ bench, by: 'list', from: null, between });
      bench.stage.pass(SETTLED_MS);
      // What an app without a delta may have slipped past the walk is found by the next one.
      const after = hasDelta
        ? await walkThrough({ bench, by: 'pull', from: start })
        : await walkThrough({ bench, by: 'list', from: null });
      await claimSeenAsHeld(bench, hasDelta ? [...walk.seen, ...after.seen] : after.seen);
    },
  },
  {
    id: 'cursor',
    promise: 'a cursor is JSON of at most 1 kB, and the place it stands for never goes back',
    whyNot: isWriteOnly,
    prove: async (bench) => {
      await addPeople(bench, bench.harness.limits.rowsPerPage * 3);
      const walk = await walkThrough({ bench, by: 'list', from: null });
      walk.cursors.forEach(claimSmall);
      if (hasNoDelta(bench.harness) !== null) return;
      let cursor = valueOf(await bench.app.present(PLENTY));
      let order = bench.app.orderOf(cursor);
      for (const n of range(6)) {
        bench.stage.pass(SETTLED_MS);
        await bench.people.add([bench.harness.person(NEWCOMER + n)]);
        for (const next of (await walkThrough({ bench, by: 'pull', from: cursor })).cursors) {
          claimSmall(next);
          const reached = bench.app.orderOf(next);
          claim(reached >= order, `the order of cursors fell from ${order} to ${reached}`);
          [cursor, order] = [next, reached];
        }
      }
    },
  },
  {
    id: 'delta',
    promise: 'a delta shows who came or changed since the present, and none of the others',
    whyNot: hasNoDelta,
    prove: async (bench) => {
      const ids = await addPeople(bench, 9);
      bench.stage.pass(SETTLED_MS);
      const from = valueOf(await bench.app.present(PLENTY));
      bench.stage.pass(SETTLED_MS);
      const edited = requireId(ids[4]);
      await bench.people.edit(edited, bench.harness.changed(4));
      const [came] = await bench.people.add([bench.harness.person(NEWCOMER)]);
      bench.stage.pass(SETTLED_MS);
      const { seen } = await walkThrough({ bench, by: 'pull', from });
      const shown = lastSeen(seen);
      claim(shown.size === 2, `${shown.size} records were shown, and not two`);
      claim(came !== undefined && shown.has(came), 'who came is not shown');
      claimHolds(bench.harness, shown.get(edited)?.raw ?? {}, bench.harness.changed(4));
    },
  },
  {
    id: 'delta-idle',
    promise: 'when nothing happens a round shows nothing, and says that it is done',
    whyNot: hasNoDelta,
    prove: async (bench) => {
      await addPeople(bench, bench.harness.limits.rowsPerPage + 5);
      bench.stage.pass(SETTLED_MS);
      let cursor = valueOf(await bench.app.present(PLENTY));
      for (const round of range(3)) {
        bench.stage.pass(SETTLED_MS);
        const page = valueOf(await bench.stage.connect().pull(cursor, PLENTY));
        claimEqual([page.observations.length, page.done], [0, true], `round ${round}: shown, done`);
        cursor = page.cursor;
      }
    },
  },
  {
    id: 'delta-changing',
    promise: 'what changes while a delta is read is in it or in the next, in its last form',
    whyNot: anyOf(hasNoDelta),
    prove: async (bench) => {
      const ids = await addPeople(bench, bench.harness.limits.rowsPerPage * 2 + 1);
      bench.stage.pass(SETTLED_MS);
      const from = valueOf(await bench.app.present(PLENTY));
      bench.stage.pass(SETTLED_MS);
      for (const [n, id] of ids.entries()) await bench.people.edit(id, bench.harness.changed(n));
      const between = (page: number): Promise<void> => stirPeople(bench, ids, page);
      const first = await walkThrough({ bench, by: 'pull', from, between });
      // At once, within the grain of the app's clock, and then after it.
      await bench.people.edit(requireId(ids[0]), plainOf(bench, 700));
      const second = await walkThrough({ bench, by: 'pull', from: first.cursor });
      bench.stage.pass(SETTLED_MS);
      const third = await walkThrough({ bench, by: 'pull', from: second.cursor });
      await claimSeenAsHeld(bench, [...first.seen, ...second.seen, ...third.seen]);
    },
  },
];

async function addPeople(bench: Bench, count: number): Promise<readonly RemoteId[]> {
  const ids = await bench.people.add(range(count).map((n) => bench.harness.person(n)));
  claimEqual(ids.length, count, 'people put in place');
  return ids;
}

/** Between two pages one comes, some change, one goes. Who changes never goes. */
async function stirPeople(bench: Bench, ids: readonly RemoteId[], page: number): Promise<void> {
  const { harness, people, stage } = bench;
  stage.pass(700);
  if (page > 5) return;
  const staying = Math.ceil(ids.length / 2);
  for (const n of range(3)) {
    const id = requireId(ids[(page * 5 + n * 2) % staying]);
    await people.edit(id, plainOf(bench, 600 + page * 10 + n));
  }
  await people.add([harness.person(NEWCOMER + page)]);
  const leaving = ids[Math.max(staying, ids.length - 1 - page)];
  if (!isLacking(harness.removal) && leaving !== undefined && page < ids.length - staying) {
    await people.remove(leaving);
  }
}

/** Values of another person, for the paths that an update may carry. */
const plainOf = ({ harness }: Bench, n: number): Fields =>
  Object.fromEntries(
    Object.keys(harness.changed(n)).map((path) => [path, harness.person(n)[path] ?? null]),
  );

function requireId(id: RemoteId | undefined): RemoteId {
  claim(id !== undefined, 'a record that was put in place has no id');
  return id;
}

function claimSmall(cursor: Json): void {
  const bytes = Buffer.byteLength(JSON.stringify(cursor));
  claim(bytes <= CURSOR_BYTES_MAX, `a cursor takes ${bytes} bytes`);
}

/** Everybody the app holds was seen, and was last seen as they are. Who has left may have been seen too. */
async function claimSeenAsHeld(bench: Bench, seen: readonly AppObservation[]): Promise<void> {
  const shown = lastSeen(seen);
  const held = await bench.stage.held();
  const missed = held.filter(({ remoteId }) => !shown.has(remoteId));
  claimEqual(missed.length, 0, 'records that were not shown');
  for (const record of held) {
    const observation = shown.get(record.remoteId);
    if (observation !== undefined) claimShownAsHeld(bench, observation, record);
  }
}

function claimShownAsHeld(bench: Bench, shown: AppObservation, held: Held): void {
  claimEqual(shown.existence, held.existence, 'the existence that was shown');
  for (const path of [bench.harness.matchPath, ...plainPaths(bench.harness)]) {
    const value = typeOf(bench.harness, path).parse(held.raw[path]);
    if (value.ok) claimHolds(bench.harness, shown.raw, { [path]: value.value });
  }
}
