/** All of them. */
import { ENGINE_MUTANTS } from './engine-mutants.ts';
import { FLOW_MUTANTS } from './flow-mutants.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [...ENGINE_MUTANTS, ...FLOW_MUTANTS];

/** Those that a run must notice. */
export const NOTICED = MUTANTS.filter((mutant) => mutant.open === undefined);

/** By name; without names those that a run must notice. */
export function findMutants(names: readonly string[]): readonly Mutant[] {
  const unknown = names.find((name) => !MUTANTS.some((each) => each.name === name));
  if (unknown !== undefined) {
    const known = MUTANTS.map(({ name }) => name).join(', ');
    throw new Error(`there is no mutant “${unknown}”; there is ${known}`);
  }
  return names.length === 0 ? NOTICED : MUTANTS.filter(({ name }) => names.includes(name));
}
