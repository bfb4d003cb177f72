/** Replacing everybody at once, where an app that shows nobody can: the only way to be rid of whom nobody told. */
import type { ReplaceBatch, ReplaceOutcome, Replace } from '../ports/ledger.ts';
import { PLENTY, range, tell, valueOf, type Bench } from './bench.ts';
import { anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { claimIn, commandOf, ledgerOf, rowOfPerson, send, sendAll } from './ledger-bench.ts';
import { isNoLedger, replacesNobody } from './reasons.ts';

const SESSION = 77;
const ROUNDS_MAX = 30;
const WAIT_MS = 60_000;

export const REPLACING: readonly Clause[] = [
  {
    id: 'replace',
    promise:
      'a session replaces everybody: who is in none of its batches is out, all others are in',
    whyNot: anyOf(isNoLedger, replacesNobody),
    prove: async (bench) => {
      await sendAll(bench, ...range(3).map((n) => commandOf(n, { put: rowOfPerson(bench, n) })));
      const replace = replaceOf(bench);
      claim(valueOf(await replace.mayBegin(PLENTY)), 'no session may begin, and none is open');
      claim(!valueOf(await replace.hasBegun(SESSION, PLENTY)), 'a session began without a batch');
      claimTaken(await replace.send(batchOf(bench, 1, [2, 3]), PLENTY));
      // Another process: all it knows is the number of the session.
      const other = replaceOf({ app: bench.stage.connect() });
      claim(valueOf(await other.hasBegun(SESSION, PLENTY)), 'the first batch is said not to be in');
      claimTaken(await other.send(batchOf(bench, 2, [4]), PLENTY));
      // A batch whose answer was lost comes again.
      claimTaken(await other.send(batchOf(bench, 2, [4]), PLENTY));
      claimTaken(await other.send(batchOf(bench, 3, [5], { isLast: true }), PLENTY));
      await claimIn(bench, [2, 3, 4, 5]);
      await tellUntilIn(bench, 6);
      await claimIn(bench, [2, 3, 4, 5, 6]);
    },
  },
  {
    id: 'replace-alone',
    promise: 'while one session is open no other begins, and a single row waits and is not lost',
    whyNot: anyOf(isNoLedger, replacesNobody),
    prove: async (bench) => {
      await sendAll(bench, commandOf(3, { put: rowOfPerson(bench, 3) }));
      const replace = replaceOf(bench);
      claim(valueOf(await replace.mayBegin(PLENTY)), 'no session may begin, and none is open');
      claimTaken(await replace.send(batchOf(bench, 1, [0]), PLENTY));
      const other = replaceOf({ app: bench.stage.connect() });
      const may = await other.mayBegin(PLENTY);
      claim(may.kind === 'retry' || (may.kind === 'ok' && !may.value), 'a second one may begin');
      claim(!valueOf(await other.hasBegun(SESSION + 1, PLENTY)), 'a second one has begun');
      const second = await other.send(batchOf(bench, 1, [8], { session: SESSION + 1 }), PLENTY);
      claim(second.kind !== 'applied', 'the batch of a second session was taken');
      const [single] = await send(bench, [commandOf(9, { put: rowOfPerson(bench, 9) })]);
      const isHeld = single?.kind === 'applied' || single?.kind === 'retry';
      claim(isHeld, `a single row was answered by ${single && tell(single)}`);
      claimTaken(await replace.send(batchOf(bench, 2, [1], { isLast: true }), PLENTY));
      await tellUntilIn(bench, 9);
      await claimIn(bench, [0, 1, 9]);
    },
  },
];

function replaceOf(bench: Pick<Bench, 'app'>): Replace {
  const { replace } = ledgerOf(bench);
  claim(replace !== undefined, 'the connector has no replace, and the harness says that it has');
  return replace;
}

function batchOf(
  bench: Bench,
  seq: number,
  numbers: readonly number[],
  more: Partial<Pick<ReplaceBatch, 'isLast' | 'session'>> = {},
): ReplaceBatch {
  const rows = numbers.map((n) => rowOfPerson(bench, n));
  return { session: SESSION, seq, isLast: false, invalidBefore: 0, rows, ...more };
}

function claimTaken(outcome: ReplaceOutcome): void {
  claim(outcome.kind === 'applied', `a batch was answered by ${tell(outcome)}`);
  claimEqual([outcome.isClean, outcome.invalid], [true, 0], 'clean, invalid');
}

/** A busy app says when to come again. */
async function tellUntilIn(bench: Bench, n: number): Promise<void> {
  const command = commandOf(n, { put: rowOfPerson(bench, n) });
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const [outcome] = await send(bench, [command]);
    if (outcome?.kind === 'applied') return;
    claim(outcome?.kind === 'retry', `a single row was answered by ${outcome && tell(outcome)}`);
    bench.stage.pass(WAIT_MS);
  }
  claim(false, 'a single row is never taken after everybody was replaced');
}
