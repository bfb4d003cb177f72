/** Words for clauses about an app that is told by a ledger: rows as the connector encodes them, and who is in then. */
import type { LedgerPlan, LedgerRow } from '../engine/ledger.ts';
import type { Budget } from '../ports/clock.ts';
import type { Ledger, LedgerCommand, LedgerOutcome } from '../ports/ledger.ts';
import { heldBy, keyOf, matchOf, PLENTY, tell, type Bench } from './bench.ts';
import { claim, claimEqual } from './clause.ts';
import type { Fields, Heard, LedgerBench } from './harness.ts';

export function ledgerOf({ app }: Pick<Bench, 'app'>): Ledger {
  claim(app.ledger !== undefined, 'the connector of an app that shows nobody has no ledger');
  return app.ledger;
}

export function benchOf({ harness }: Bench): LedgerBench {
  if (harness.ledger === undefined) throw new Error(`${harness.name}: the harness has no ledger`);
  return harness.ledger;
}

export function rowOf(bench: Bench, fields: Fields): LedgerRow {
  const encoded = ledgerOf(bench).encode(fields, bench.stage.now());
  claim(encoded.kind === 'row', `a person could not be told: ${JSON.stringify(encoded)}`);
  const { row } = encoded;
  claim(row.ids.length > 0, 'a row has no identifier: nobody could be taken out by it');
  return row;
}

export const rowOfPerson = (bench: Bench, n: number): LedgerRow =>
  rowOf(bench, bench.harness.person(n));

/** What is told of the nth person. */
export const commandOf = (n: number, plan: Partial<LedgerPlan>): LedgerCommand => ({
  key: keyOf(n),
  take: [],
  everywhere: false,
  put: null,
  ...plan,
});

export async function send(
  bench: Bench,
  commands: readonly LedgerCommand[],
  budget: Budget = PLENTY,
): Promise<readonly LedgerOutcome[]> {
  const outcomes = await ledgerOf(bench).send(commands, budget);
  claimEqual(outcomes.length, commands.length, 'outcomes');
  return outcomes;
}

/** Tells, and claims that all of it was acknowledged. */
export async function sendAll(bench: Bench, ...commands: readonly LedgerCommand[]): Promise<void> {
  const outcomes = await send(bench, commands);
  const other = outcomes.find(({ kind }) => kind !== 'applied');
  claim(other === undefined, `a row was answered by ${other && tell(other)}, and not applied`);
}

/** How many records the app has with the nth person's match value. */
export const countOf = async ({ harness, stage }: Bench, n: number): Promise<number> =>
  heldBy(harness, await stage.held(), matchOf(harness, harness.person(n))).length;

/** Each of these is in once, and nobody else. */
export async function claimIn(bench: Bench, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) claimEqual(await countOf(bench, n), 1, `records of person ${n}`);
  claimEqual((await bench.stage.held()).length, numbers.length, 'records in the app');
}

export function heardBy({ harness, stage }: Bench): readonly Heard[] {
  if (stage.heard === undefined) throw new Error(`${harness.name}: the stage hears nothing`);
  const heard = stage.heard();
  claim(heard.length > 0, 'the stage heard nothing of what was told');
  return heard;
}
