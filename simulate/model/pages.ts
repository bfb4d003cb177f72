/**
 * What of a waiting page no state remembers, and every delivery is tried with. In which order its records are worked. And with the policy
 * `newest`, which alone asks when a row was edited: before everything at the app, at the same moment as what is done now, or after it.
 * That is more than can be true: a delivery that comes again may choose otherwise than the one that died.
 */
import type { Policy } from '../../lib/engine/model.ts';
import type { LaneMessage, Reference } from '../../lib/ports/messages.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import type { Order } from './deliveries.ts';
import { LANE } from './read-world.ts';
import type { State } from './state.ts';
import { LONG_MS, NOW } from './times.ts';

export interface Page {
  readonly refs: readonly Reference[];
  /** Where the order alone differs, or a time that nobody asks for unless somebody edits in the middle. */
  readonly tries: Order['tries'];
}

const TIMES = { now: NOW, before: NOW - 100 * LONG_MS, after: NOW + 100 * LONG_MS };

export function pagesOf(policy: Policy, state: State): readonly Page[] {
  const [, messages = []] = state.queued.find(([group]) => group === LANE) ?? [];
  const refs = messages.flatMap(({ body }) => (JSON.parse(body) as LaneMessage).refs);
  const pages: readonly Page[] =
    policy === 'newest' ? datings(state, refs) : [{ refs, tries: 'everything' }];
  if (refs.length < 2) return pages;
  const reversed = pages.map(({ refs: order, tries }): Page => {
    return { refs: order.toReversed(), tries: tries === 'edited' ? tries : 'disturbed' };
  });
  return [...pages, ...reversed];
}

function datings({ contests, left }: State, refs: readonly Reference[]): readonly Page[] {
  let pages: readonly Page[] = [{ refs: [], tries: 'everything' }];
  for (const ref of refs) {
    const contest = contests.find(({ key }) => key === ref.key);
    const isContested = contest?.crm === true && contest.app;
    const couldBe =
      (contest?.crm === true || left.crm > 0) && (contest?.app === true || left.app > 0);
    const times = ref.crmAt === undefined ? [undefined] : couldBe ? Object.values(TIMES) : [NOW];
    pages = pages.flatMap((page) =>
      times.map((crmAt, index) => ({
        refs: [...page.refs, crmAt === undefined ? ref : { ...ref, crmAt }],
        tries: index === 0 || isContested ? page.tries : ('edited' as const),
      })),
    );
  }
  return pages;
}

export function withPage(world: World, { refs }: Page): World {
  const waiting = world.queues.groups.get(LANE) ?? [];
  const [first] = waiting;
  if (first === undefined) return world;
  const body = JSON.stringify({ ...(JSON.parse(first.body) as LaneMessage), refs });
  const receiveCount = Math.max(...waiting.map((message) => message.receiveCount));
  world.queues.groups.set(LANE, [{ ...first, body, receiveCount }]);
  return world;
}

export const wordsOf = ({ refs }: Page): string =>
  refs
    .map(({ key, crmAt }) => {
      const [word] = Object.entries(TIMES).find(([, at]) => at === crmAt) ?? [];
      return word === undefined ? key : `${key} edited ${word}`;
    })
    .join(', ');
