/** All of them. */
import { ENGINE_MUTANTS } from './engine-mutants.ts';
import { FLOW_MUTANTS } from './flow-mutants.ts';
import type { Mutant } from './mutant.ts';
import { STORY_MUTANTS } from './story-mutants.ts';

/** Seeds must notice them. */
export const SEED_MUTANTS: readonly Mutant[] = [...ENGINE_MUTANTS, ...FLOW_MUTANTS];

export const MUTANTS: readonly Mutant[] = [...SEED_MUTANTS, ...STORY_MUTANTS];

/** By name. */
export function findMutants(names: readonly string[]): readonly Mutant[] {
  const unknown = names.find((name) => !MUTANTS.some((each) => each.name === name));
  if (unknown !== undefined) {
    const known = MUTANTS.map(({ name }) => name).join(', ');
    throw new Error(`there is no mutant “${unknown}”; there is ${known}`);
  }
  return MUTANTS.filter(({ name }) => names.includes(name));
}
