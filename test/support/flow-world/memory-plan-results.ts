/** What became of the pages of a plan that is carried out, in memory. */
import type { PlanResult, PlanResultStore } from '../../../lib/ports/state.ts';
import type { MemoryState } from './memory-state.ts';

export function planResultStore(
  { documents }: MemoryState,
  call: <T>(label: string, effect: () => T) => Promise<T>,
): PlanResultStore {
  return {
    putPlanResult: (_sync, name, result) =>
      call(`putPlanResult ${name}`, () => {
        documents.set(`plan ${name}`, JSON.stringify(result));
      }),
    readPlanResults: (_sync, names) =>
      call('readPlanResults', () => {
        const found = names.flatMap((name): [string, PlanResult][] => {
          const text = documents.get(`plan ${name}`);
          return text === undefined ? [] : [[name, JSON.parse(text) as PlanResult]];
        });
        return new Map(found);
      }),
  };
}
