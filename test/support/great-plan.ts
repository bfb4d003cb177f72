/**
 * A plan of many people in a process of its own, so that its memory can be bounded: both ends are made up as they are
 * read. Half of the app's records belong to rows, and a tenth of those differ. Prints what it counted, as JSON.
 */
import { compileSync } from '../../lib/config/define.ts';
import { NEW_BOOK } from '../../lib/engine/brakes.ts';
import { HEALTHY } from '../../lib/ports/state.ts';
import { NO_CAPS } from '../../lib/engine/caps.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import { email, text } from '../../lib/engine/types/index.ts';
import type { CrmRow } from '../../lib/ports/crm.ts';
import { planSync } from '../../lib/plan/plan-sync.ts';

const people = Number(process.argv[2]);
const PAGE = 1000;

const sync = compileSync({
  name: 'contacts-news',
  table: 'contacts',
  key: 'id',
  app: 'news',
  match: { email: 'email_address' },
  fields: {
    email: { app: 'email_address', type: email(), owner: 'crm' },
    first_name: { app: 'merge_fields.FNAME', type: text(), owner: 'crm' },
    city: { app: 'merge_fields.CITY', type: text(), owner: 'app' },
  },
});

const addressOf = (n: number): string => `somebody.${n}@people.test`;

function rowOf(n: number): CrmRow {
  const cell = (value: string) => ({ text: value, json: value });
  const columns = {
    email: cell(addressOf(n)),
    first_name: cell(n % 10 === 0 ? `New ${n}` : `Name ${n}`),
    city: cell(`City ${n % 97}`),
  };
  return { key: String(n) as CrmKey, columns };
}

const numberOf = (address: string): number => Number(/\d+/.exec(address)?.[0]);

const plan = await planSync(
  {
    sync,
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    random: () => 'one',
    state: {
      loadCheckpoint: () => Promise.resolve(null),
      loadBook: () => Promise.resolve({ ...NEW_BOOK, version: 0 }),
      loadHealth: () => Promise.resolve(HEALTHY),
      load: () => Promise.resolve(new Map()),
      findLinks: () => Promise.resolve(new Map()),
      blockedBy: () => Promise.resolve([]),
      buried: () => Promise.resolve(new Map()),
      holdersOf: () => Promise.resolve(new Map()),
    },
    crm: {
      identify: () => Promise.resolve({ systemId: '1', timeline: '1', table: 'public.contacts' }),
      walk: (after, limit) => {
        const from = after === null ? 0 : Number(after) + 1;
        const length = Math.max(0, Math.min(limit, people - from));
        return Promise.resolve(Array.from({ length }, (_, i) => String(from + i) as CrmKey));
      },
      read: (keys) => Promise.resolve(new Map(keys.map((key) => [key, rowOf(Number(key))]))),
      findByMatch: (values) =>
        Promise.resolve(
          new Map(
            values.map((value) => {
              const n = numberOf(value);
              return [value, n < people ? [String(n) as CrmKey] : []] as const;
            }),
          ),
        ),
    },
    app: {
      object: 'audience',
      capabilities: {
        delta: 'time',
        versions: true,
        longestCallMs: 1,
        connectionsMax: 8,
        batchMax: 500,
      },
      orderOf: () => 0,
      fetch: () => Promise.reject(new Error('nobody is missing from the listing')),
      list: (cursor) => {
        const from = Number(cursor ?? 0);
        const length = Math.min(PAGE, people - from);
        const observations = Array.from({ length }, (_, i) => {
          const n = people / 2 + from + i;
          return {
            remoteId: `member-${n}` as RemoteId,
            existence: 'present' as const,
            raw: {
              email_address: addressOf(n),
              'merge_fields.FNAME': `Name ${n}`,
              'merge_fields.CITY': `City ${n % 97}`,
            },
            version: 1,
            optInAt: null,
            beganAt: Date.now(),
          };
        });
        const next = from + length;
        const value = { observations, cursor: next, done: next >= people };
        return Promise.resolve({ kind: 'ok', value });
      },
    },
  },
  { caps: NO_CAPS },
);

const counts = Object.fromEntries(
  plan.groups.map(({ kind, field, count }) => [`${kind} ${field ?? ''}`.trim(), count]),
);
const { heapTotal } = process.memoryUsage();
console.log(JSON.stringify({ records: plan.records, counts, heapMb: Math.round(heapTotal / 1e6) }));
