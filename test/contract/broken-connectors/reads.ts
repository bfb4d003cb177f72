/** Broken reading: listings, deltas, looks, and what is declared of them. */
import type { Json } from '../../../lib/engine/value.ts';
import type { AppObservation, AppReplica, PullPage } from '../../../lib/ports/app.ts';
import type { Budget } from '../../../lib/ports/clock.ts';
import type { Outcome } from '../../../lib/ports/outcome.ts';
import { MAILCHIMP_CAPABILITIES } from '../../../lib/connectors/mailchimp/config.ts';
import { lacks } from '../../../lib/conformance/harness.ts';
import { answering, type Broken, FNAME, PLENTY, textAt, wrapping } from './broken.ts';

type Page = Outcome<PullPage>;

const paging =
  (by: 'list' | 'pull', change: (page: PullPage, cursor: Json) => PullPage) =>
  (replica: AppReplica): Partial<AppReplica> => ({
    [by]: async (cursor: Json, budget: Budget): Promise<Page> => {
      const page = await replica[by](cursor, budget);
      return page.kind === 'ok' ? { kind: 'ok', value: change(page.value, cursor) } : page;
    },
  });

const looking = (change: (seen: AppObservation) => AppObservation) =>
  wrapping((replica) => ({
    fetch: async (targets, budget) =>
      (await replica.fetch(targets, budget)).map((look) =>
        look.kind === 'ok' ? { kind: 'ok', value: change(look.value) } : look,
      ),
  }));

async function everybody(replica: AppReplica): Promise<readonly AppObservation[]> {
  const seen: AppObservation[] = [];
  let cursor: Json = null;
  for (;;) {
    const page = await replica.list(cursor, PLENTY);
    if (page.kind !== 'ok') return seen;
    seen.push(...page.value.observations);
    if (page.value.done) return seen;
    ({ cursor } = page.value);
  }
}

/** A listing that goes by number while people move. */
const byOffset = wrapping((replica) => ({
  list: async (cursor, budget): Promise<Page> => {
    const trial = await replica.list(null, budget);
    if (trial.kind !== 'ok') return trial;
    const from = Number((cursor as { readonly from?: number } | null)?.from ?? 0);
    const all = await everybody(replica);
    const observations = all.slice(from, from + 20);
    const done = from + 20 >= all.length;
    return { kind: 'ok', value: { observations, cursor: { from: from + 20 }, done } };
  },
}));

/** What one stage has written or shown, for connectors that remember what they should not. */
function remembering(
  wrap: (replica: AppReplica, known: Map<string, AppObservation>) => Partial<AppReplica>,
) {
  return () => {
    const known = new Map<string, AppObservation>();
    return { wrap: (replica: AppReplica): AppReplica => ({ ...replica, ...wrap(replica, known) }) };
  };
}

const capabilities = { ...MAILCHIMP_CAPABILITIES, versions: false };

export const BROKEN_READS: readonly Broken[] = [
  {
    what: 'declares other capabilities than the configuration',
    breaks: ['declared'],
    vary: wrapping(() => ({ capabilities })),
  },
  {
    what: 'is another end each time',
    breaks: ['identity'],
    vary: wrapping((replica) => {
      const account = String(performance.now());
      return {
        identify: async (budget) => {
          const said = await replica.identify(budget);
          return said.kind === 'ok' ? { kind: 'ok', value: { ...said.value, account } } : said;
        },
      };
    }),
  },
  {
    what: 'claims versions that stand still',
    breaks: ['versions'],
    vary: looking((seen) => ({ ...seen, version: 1 })),
  },
  {
    what: 'shows versions and claims none',
    breaks: ['no-versions'],
    vary: wrapping(() => ({ capabilities })),
    changes: () => ({ capabilities }),
  },
  {
    what: 'archives although it says it cannot',
    breaks: ['declines'],
    changes: () => ({ archive: lacks('of all this connector can, it denies this') }),
  },
  {
    what: 'takes longer for a call than there is time',
    breaks: ['longest-call'],
    vary: wrapping((replica) => ({
      push: (commands, budget) => {
        const remainingMs = (): number => budget.remainingMs() + 3000;
        return replica.push(commands, budget.remainingMs() > 0 ? { remainingMs } : budget);
      },
    })),
  },
  {
    what: 'works on without time',
    breaks: ['no-time'],
    vary: wrapping((replica) => ({
      push: (commands, budget) =>
        replica.push(commands, budget.remainingMs() <= 0 ? PLENTY : budget),
    })),
  },
  {
    what: 'leaves out the first of each later page',
    breaks: ['list', 'list-changing'],
    vary: wrapping(
      paging('list', (page, cursor) => ({
        ...page,
        observations: cursor === null ? page.observations : page.observations.slice(1),
      })),
    ),
  },
  {
    what: 'never ends a listing of nobody at once',
    breaks: ['list-empty'],
    vary: wrapping(
      paging('list', (page, cursor) => ({
        ...page,
        done: page.done && !(cursor === null && page.observations.length === 0),
      })),
    ),
  },
  { what: 'lists by number while people move', breaks: ['list-changing'], vary: byOffset },
  {
    what: 'keeps more in its cursor than a cursor may hold',
    breaks: ['cursor'],
    vary: wrapping(
      paging('list', (page) => ({
        ...page,
        cursor: { ...(page.cursor as object), ballast: 'x'.repeat(2000) },
      })),
    ),
  },
  {
    what: 'orders cursors the wrong way round',
    breaks: ['cursor'],
    vary: wrapping((replica) => ({ orderOf: (cursor) => -replica.orderOf(cursor) })),
  },
  {
    what: 'shows everybody as a delta',
    breaks: ['delta', 'delta-idle', 'echo'],
    vary: wrapping((replica) => ({
      pull: async (cursor, budget) => {
        const page = await replica.pull(cursor, budget);
        if (page.kind !== 'ok' || !page.value.done) return page;
        const observations = [...page.value.observations, ...(await everybody(replica))];
        return { kind: 'ok', value: { ...page.value, observations } };
      },
    })),
  },
  {
    what: 'shows somebody when nothing happened',
    breaks: ['delta-idle'],
    vary: remembering((replica, known) => ({
      pull: async (cursor, budget) => {
        const page = await replica.pull(cursor, budget);
        if (page.kind !== 'ok') return page;
        for (const seen of page.value.observations) known.set(String(seen.remoteId), seen);
        if (known.size > 0 || page.value.observations.length > 0) return page;
        const observations = (await everybody(replica)).slice(0, 1);
        return { kind: 'ok', value: { ...page.value, observations } };
      },
    })),
  },
  {
    what: 'shows each record once and never again',
    breaks: ['delta-changing'],
    vary: remembering((replica, known) => ({
      pull: async (cursor, budget) => {
        const page = await replica.pull(cursor, budget);
        if (page.kind !== 'ok') return page;
        const observations = page.value.observations.filter(
          ({ remoteId }) => !known.has(String(remoteId)),
        );
        for (const seen of observations) known.set(String(seen.remoteId), seen);
        return { kind: 'ok', value: { ...page.value, observations } };
      },
    })),
  },
  {
    what: 'gives looks in another order than they were asked for',
    breaks: ['look'],
    vary: wrapping((replica) => ({
      fetch: async (targets, budget) => (await replica.fetch(targets, budget)).toReversed(),
    })),
  },
  {
    what: 'does not say when it looked',
    breaks: ['look-honest'],
    vary: looking((seen) => ({ ...seen, beganAt: 0 })),
  },
  {
    what: 'answers a write with what was sent, and not with what there is',
    breaks: ['answer'],
    vary: answering((outcome) => {
      if (outcome.kind !== 'applied' || outcome.observed === null) return outcome;
      const { observed } = outcome;
      const name = textAt(observed.raw, FNAME).toUpperCase();
      return { ...outcome, observed: { ...observed, raw: { ...observed.raw, [FNAME]: name } } };
    }),
  },
  {
    what: 'shows its own writes again and again',
    breaks: ['echo'],
    vary: remembering((replica, known) => ({
      push: async (commands, budget) => {
        const outcomes = await replica.push(commands, budget);
        for (const outcome of outcomes) {
          if (outcome.kind !== 'applied' || outcome.observed?.remoteId == null) continue;
          known.set(outcome.observed.remoteId, outcome.observed);
        }
        return outcomes;
      },
      pull: async (cursor, budget) => {
        const page = await replica.pull(cursor, budget);
        if (page.kind !== 'ok' || page.value.observations.length > 0) return page;
        return { kind: 'ok', value: { ...page.value, observations: [...known.values()] } };
      },
    })),
  },
];
