/**
 * A round is a page in which every key and every match value occurs once: two commands for one row
 * in one statement have no order, and two inserts of one person would not see each other.
 */
import type { CrmCommand } from '../ports/crm.ts';

/** Indexes into `commands`, round by round; commands on the same row keep their order. */
export function planRounds(commands: readonly CrmCommand[]): readonly (readonly number[])[] {
  const lastRound = new Map<string, number>();
  const rounds: number[][] = [];
  commands.forEach((command, index) => {
    const names = namesOf(command);
    const round = Math.max(...names.map((name) => (lastRound.get(name) ?? -1) + 1));
    for (const name of names) lastRound.set(name, round);
    (rounds[round] ??= []).push(index);
  });
  return rounds;
}

function namesOf(command: CrmCommand): readonly string[] {
  const key = `key ${command.key}`;
  if (command.kind !== 'insert' || command.unlessMatch === null) return [key];
  return [key, `match ${command.unlessMatch.value.trim().toLowerCase()}`];
}
