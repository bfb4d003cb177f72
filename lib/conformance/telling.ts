/**
 * Telling an app that shows nobody. Nobody will ever look at what it holds, so what a row does there, and once more,
 * must be certain beforehand.
 */
import { createHash } from 'node:crypto';
import type { LedgerRow } from '../engine/ledger.ts';
import type { Budget } from '../ports/clock.ts';
import type { LedgerCommand } from '../ports/ledger.ts';
import { createOf, keyOf, plainPaths, range, requireAll, tell, type Bench } from './bench.ts';
import { anyOf, claim, claimEqual, type Clause } from './clause.ts';
import type { Fields } from './harness.ts';
import {
  benchOf,
  claimIn,
  commandOf,
  countOf,
  heardBy,
  ledgerOf,
  rowOf,
  rowOfPerson,
  send,
  sendAll,
} from './ledger-bench.ts';
import { hasNoBulk, hasNoTrouble, isNoLedger } from './reasons.ts';

/** A day: some values are only right up to a date, and a digest is none of them. */
const LATER_MS = 24 * 3_600_000;

export const TELLING: readonly Clause[] = [
  {
    id: 'tell-twice',
    promise: 'a row told twice is in once, and taking it out twice is as good as once',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const [put, other] = [rowOfPerson(bench, 0), rowOfPerson(bench, 1)];
      await sendAll(bench, commandOf(0, { put }), commandOf(1, { put: other }));
      await sendAll(bench, commandOf(0, { put }));
      await claimIn(bench, [0, 1]);
      await sendAll(bench, commandOf(0, { take: put.ids }));
      await claimIn(bench, [1]);
      await sendAll(bench, commandOf(0, { take: put.ids }));
      await claimIn(bench, [1]);
    },
  },
  {
    id: 'tell-change',
    promise: 'an update takes the old identifiers out and puts the new ones in',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const [before, after] = [rowOfPerson(bench, 0), rowOfPerson(bench, 5)];
      await sendAll(
        bench,
        commandOf(0, { put: before }),
        commandOf(1, { put: rowOfPerson(bench, 1) }),
      );
      await sendAll(bench, commandOf(0, { take: before.ids, put: after }));
      await claimIn(bench, [1, 5]);
    },
  },
  {
    id: 'tell-found',
    promise: 'each identifier of a row finds the person: whoever is taken out by one alone is out',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const rows = range(rowOfPerson(bench, 0).ids.length).map((n) => rowOfPerson(bench, n));
      await sendAll(bench, ...rows.map((put, n) => commandOf(n, { put })));
      for (const [n, { ids }] of rows.entries()) {
        await sendAll(bench, commandOf(n, { take: ids.slice(n, n + 1) }));
        claimEqual(await countOf(bench, n), 0, `by identifier ${n} alone, who is left`);
      }
    },
  },
  {
    id: 'tell-order',
    promise: 'what one record gives up another of the same page may bring along',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const row = rowOfPerson(bench, 0);
      await sendAll(bench, commandOf(0, { put: row }));
      await sendAll(bench, commandOf(1, { put: row }), commandOf(0, { take: row.ids }));
      await claimIn(bench, [0]);
    },
  },
  {
    id: 'tell-shared',
    promise: 'of two people who share an identifier one can leave, and the other stays',
    whyNot: isNoLedger,
    prove: proveShared,
  },
  {
    id: 'tell-lost',
    promise:
      'what took effect while its answer was lost is called so, and telling it again is right',
    whyNot: anyOf(isNoLedger, hasNoTrouble('timeout-after')),
    prove: proveLost,
  },
  {
    id: 'tell-refused',
    promise:
      'of a page of which some are refused these are found, in few calls, and the others are in',
    whyNot: anyOf(isNoLedger, hasNoBulk),
    prove: proveRefused,
  },
  {
    id: 'tell-empty',
    promise: 'what is empty is not told, and nothing is ever made of it',
    whyNot: isNoLedger,
    prove: proveEmpty,
  },
  {
    id: 'tell-hashed',
    promise: 'what is to leave as a hash is never on the wire as it is',
    whyNot: isNoLedger,
    prove: async (bench) => {
      await tellOfAll(bench);
      const heard = heardBy(bench);
      for (const { url, body } of heard) {
        const text = `${decoded(url)} ${body}`.toLowerCase();
        const shown = personalOf(bench, benchOf(bench).hashed).find((each) => text.includes(each));
        claim(shown === undefined, `“${shown}” went over the wire as it is`);
      }
    },
  },
  {
    id: 'tell-url',
    promise: 'no address of a call has anything of a person in it, hashed or not, nor a secret',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const told = await tellOfAll(bench);
      const cells = told.flatMap((row) => textsOf([row.cells, row.ids]));
      const never = [
        ...personalOf(bench, Object.keys(bench.harness.types)),
        ...cells,
        ...bench.stage.secrets,
      ].map((each) => each.toLowerCase());
      for (const { url } of heardBy(bench)) {
        const isShown = never.some((each) => decoded(url).toLowerCase().includes(each));
        claim(!isShown, 'an address, which ends in somebody’s log, had a person or a secret in it');
      }
    },
  },
  {
    id: 'tell-digest',
    promise: 'a digest is the same in every process, at any time, and another for another row',
    whyNot: isNoLedger,
    prove: async (bench) => {
      const { harness, stage } = bench;
      const { digest } = benchOf(bench);
      const person = harness.person(0);
      const turned = Object.fromEntries(Object.entries(person).toReversed());
      claimEqual(rowOf(bench, person).digest, digest, 'the digest that was once written down');
      const later = ledgerOf({ app: stage.connect() }).encode(turned, stage.now() + LATER_MS);
      claimEqual(later, { kind: 'row', row: rowOf(bench, person) }, 'the row, a day later');
      for (const [path, value] of Object.entries(harness.changed(0))) {
        const changed = rowOf(bench, { ...person, [path]: value });
        claim(changed.digest !== digest, `the digest says nothing of ${path}`);
      }
    },
  },
];

/** Through the flow's own rule of who is spared (teller.ts). */
async function proveShared(bench: Bench): Promise<void> {
  const { harness } = bench;
  const shared = { [harness.matchPath]: harness.person(0)[harness.matchPath] ?? null };
  const both = [createOf(harness, 0), createOf(harness, 1, shared)];
  const [own, other] = [rowOfPerson(bench, 0), rowOf(bench, { ...harness.person(1), ...shared })];
  claim(
    own.ids.some((id) => other.ids.includes(id)),
    'two people with one match value have no identifier in common',
  );
  requireAll(await bench.push(...both), 'applied');
  const leave = (n: number) => ({ kind: 'archive', key: keyOf(n), remoteId: '' as never }) as const;
  requireAll(await bench.push(leave(0)), 'applied');
  claim((await countOf(bench, 0)) > 0, 'the other one went out, too');
  requireAll(await bench.push(leave(1)), 'applied');
  claimEqual((await bench.stage.held()).length, 0, 'records in the app after both had left');
}

async function proveLost(bench: Bench): Promise<void> {
  const [before, after] = [rowOfPerson(bench, 0), rowOfPerson(bench, 5)];
  await sendAll(bench, commandOf(1, { put: rowOfPerson(bench, 1) }));
  const steps: readonly (readonly [LedgerCommand, readonly number[]])[] = [
    [commandOf(0, { put: before }), [0, 1]],
    [commandOf(0, { take: before.ids, put: after }), [1, 5]],
    [commandOf(0, { take: after.ids }), [1]],
  ];
  for (const [command, inside] of steps) {
    await loseAnswer(bench, command);
    await sendAll(bench, command);
    await claimIn(bench, inside);
  }
}

async function loseAnswer(bench: Bench, command: LedgerCommand): Promise<void> {
  const { harness, stage } = bench;
  await stage.trouble({ name: 'timeout-after', on: 'writes', times: 1 });
  const budget: Budget = { remainingMs: () => harness.shortBudgetMs };
  const [outcome] = await send(bench, [command], budget);
  const isOpen = outcome?.kind === 'retry' && outcome.ambiguous;
  claim(isOpen, `a row whose answer was lost was called ${outcome && tell(outcome)}`);
  await stage.calm();
}

const ROWS = 64;
const BAD: readonly number[] = [0, 21, 22, ROWS - 1];
/** A page may come back with some undecided; it is told again with them. */
const ROUNDS_MAX = 8;
/** Halving finds one of 64 in 6 steps of 2 calls at most; and once more for the page itself in each round. */
const CALLS_MAX = BAD.length * 2 * Math.log2(ROWS) + ROUNDS_MAX;

async function proveRefused(bench: Bench): Promise<void> {
  const ours = benchOf(bench);
  let open = range(ROWS).map((n) => {
    const row = rowOfPerson(bench, n);
    return commandOf(n, { put: BAD.includes(n) ? ours.spoil(row) : row });
  });
  const rejected: string[] = [];
  const before = (await bench.stage.usage()).calls;
  for (let round = 0; open.length > 0 && round < ROUNDS_MAX; round += 1) {
    const outcomes = await send(bench, open);
    for (const [n, { key }] of open.entries()) {
      const outcome = outcomes[n];
      if (outcome?.kind === 'rejected') rejected.push(key);
      claim(outcome?.kind !== 'halted', 'the whole sync was halted for a row that is refused');
    }
    open = open.filter((_, n) => outcomes[n]?.kind === 'retry');
  }
  const calls = (await bench.stage.usage()).calls - before;
  claimEqual(open.length, 0, 'rows of which nobody knows whether they are in');
  claimEqual(rejected.toSorted(), BAD.map(keyOf).toSorted(), 'who was refused');
  claim(calls <= CALLS_MAX, `${calls} calls for ${ROWS} rows of which ${BAD.length} are bad`);
  await claimIn(
    bench,
    range(ROWS).filter((n) => !BAD.includes(n)),
  );
}

/** What comes of hashing nothing, or a word for it. */
const HASHED_NOTHING: readonly string[] = ['', ' ', 'null', 'undefined'].flatMap((text) =>
  ['md5', 'sha1', 'sha256', 'sha512'].flatMap((method) =>
    (['hex', 'base64', 'base64url'] as const).map((form) =>
      createHash(method).update(text).digest(form),
    ),
  ),
);

async function proveEmpty(bench: Bench): Promise<void> {
  const { harness } = bench;
  const paths = plainPaths(harness);
  const people = paths.flatMap((path) => [null, '', '  '].map((value) => ({ [path]: value })));
  for (const [n, nothing] of people.entries()) {
    await sendAll(bench, commandOf(n, { put: rowOf(bench, { ...harness.person(n), ...nothing }) }));
  }
  const bare = Object.fromEntries(paths.map((path) => [path, null]));
  const last = people.length;
  await sendAll(
    bench,
    commandOf(last, { put: rowOf(bench, { ...harness.person(last), ...bare }) }),
  );
  await claimIn(bench, range(last + 1));
  for (const { body, url } of heardBy(bench)) {
    const isHashed = HASHED_NOTHING.some((hash) => `${url} ${body}`.includes(hash));
    claim(!isHashed, 'a hash of nothing was sent: everybody without the value would be one person');
  }
}

/** Everything that can be told: in, changed, out, out of everything. */
async function tellOfAll(bench: Bench): Promise<readonly LedgerRow[]> {
  const { harness } = bench;
  const [first, second] = [rowOfPerson(bench, 0), rowOfPerson(bench, 1)];
  const altered = rowOf(bench, { ...harness.person(0), ...harness.changed(0) });
  const renamed = rowOfPerson(bench, 2);
  await sendAll(bench, commandOf(0, { put: first }), commandOf(1, { put: second }));
  await sendAll(bench, commandOf(0, { put: altered }));
  await sendAll(bench, commandOf(0, { take: first.ids, put: renamed }));
  await sendAll(
    bench,
    commandOf(0, { take: renamed.ids }),
    commandOf(1, { take: second.ids, everywhere: true }),
  );
  return [first, second, altered, renamed];
}

/** Shorter texts are part of many a word or hash. */
const LENGTH_MIN = 5;

/** The people told of, as they are and as vendors write them: small letters, digits without their signs. */
function personalOf({ harness }: Bench, paths: readonly string[]): readonly string[] {
  const people: readonly Fields[] = [0, 1, 2].map((n) => harness.person(n));
  const texts = [...people, harness.changed(0)].flatMap((fields) =>
    paths.flatMap((path) => textsOf(fields[path])),
  );
  const forms = texts.flatMap((text) => {
    const digits = text.replaceAll(/\D/g, '');
    return [text.trim().toLowerCase(), ...(digits.length > LENGTH_MIN ? [digits] : [])];
  });
  return [...new Set(forms)].filter(({ length }) => length >= LENGTH_MIN);
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= LENGTH_MIN ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** As whoever reads a log sees it. */
function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
