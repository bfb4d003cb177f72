/** Trouble called by the wrong name, limits not kept, and talking too much. */
import type { AppReplica } from '../../../lib/ports/app.ts';
import type { MailchimpVariation } from '../harnesses/mailchimp.ts';
import { answering, bodyOf, type Broken, hearing, restating, textAt, wrapping } from './broken.ts';

type Ending = { readonly kind: string; readonly reason?: string };

/** Other endings of all that is asked. */
const ending = (change: <T extends Ending>(outcome: T) => T): (() => MailchimpVariation) =>
  wrapping((replica) => ({
    identify: async (budget) => change(await replica.identify(budget)),
    present: async (budget) => change(await replica.present(budget)),
    list: async (cursor, budget) => change(await replica.list(cursor, budget)),
    pull: async (cursor, budget) => change(await replica.pull(cursor, budget)),
    fetch: async (targets, budget) => (await replica.fetch(targets, budget)).map((o) => change(o)),
    push: async (commands, budget) => (await replica.push(commands, budget)).map((o) => change(o)),
  }));

const retry = { kind: 'retry', scope: 'app', afterMs: null, ambiguous: false };

/** Connections that fail fail otherwise. */
const failing =
  (isIt: (code: string) => boolean, code: string): (() => MailchimpVariation) =>
  () => ({
    fetch: (real) => async (url, init) => {
      try {
        return await real(url, init);
      } catch (error) {
        const { cause } = error as { readonly cause?: { readonly code?: string } };
        if (cause?.code === undefined || !isIt(cause.code)) throw error;
        throw Object.assign(new TypeError('fetch failed'), { cause: { code } });
      }
    },
  });

/** Before each batch a second one, larger than any may be, of rows that make nobody. */
const tooManyRows = (): MailchimpVariation => ({
  fetch: (real) => async (url, init) => {
    if (bodyOf(init).startsWith('{"members"')) {
      const members = Array.from({ length: 501 }, () => ({}));
      await real(url, { ...init, body: JSON.stringify({ members }) });
    }
    return real(url, init);
  },
});

const absent = (replica: AppReplica): Partial<AppReplica> => ({
  fetch: async (targets, budget) =>
    (await replica.fetch(targets, budget)).map((look, n) =>
      look.kind === 'halted' && look.reason.includes('no audience')
        ? {
            kind: 'ok',
            value: {
              remoteId: targets[n]?.remoteId ?? null,
              existence: 'absent',
              raw: {},
              version: null,
              optInAt: null,
              beganAt: Date.now(),
            },
          }
        : look,
    ),
});

export const BROKEN_TROUBLES: readonly Broken[] = [
  {
    what: 'tries again with credentials that are not accepted',
    breaks: ['trouble-401'],
    vary: ending((outcome) =>
      outcome.kind === 'halted' && outcome.reason?.includes('API key') === true
        ? { ...outcome, ...retry }
        : outcome,
    ),
  },
  {
    what: 'halts when the vendor is busy',
    breaks: ['trouble-403'],
    vary: restating(403, 403, { title: 'Forbidden', status: 403 }),
  },
  {
    what: 'takes everybody for deleted when the audience is gone',
    breaks: ['trouble-404'],
    vary: wrapping(absent),
  },
  {
    what: 'halts for one conflict',
    breaks: ['trouble-409'],
    vary: restating(409, 401, { title: 'API Key Invalid', status: 401 }),
  },
  {
    what: 'takes "too many" for a refusal',
    breaks: ['trouble-429', 'give-up'],
    vary: restating(429, 400),
  },
  {
    what: 'takes a server error for a refusal',
    breaks: ['trouble-500'],
    vary: restating(500, 400),
  },
  { what: 'takes a pause for a refusal', breaks: ['trouble-503'], vary: restating(503, 400) },
  {
    what: 'takes a proxy’s page for a refusal',
    breaks: ['trouble-html-502'],
    vary: restating(502, 400),
  },
  {
    what: 'takes a page that says 200 for an empty answer',
    breaks: ['trouble-html-200'],
    vary: hearing((response) =>
      response.status === 200 && response.headers.get('content-type') === 'text/html'
        ? new Response('{"members": [], "total_items": 0}', { status: 200 })
        : response,
    ),
  },
  {
    what: 'takes a call without an answer for not made',
    breaks: ['create-lost', 'create-lost-many', 'trouble-timeout-before', 'trouble-timeout-after'],
    vary: answering((outcome) =>
      outcome.kind === 'retry' && outcome.reason.includes('no answer within')
        ? { ...outcome, ambiguous: false }
        : outcome,
    ),
  },
  {
    what: 'takes a broken connection for one that was never made',
    breaks: ['trouble-reset'],
    vary: failing((code) => code !== 'ECONNREFUSED', 'ECONNREFUSED'),
  },
  {
    what: 'halts when the app cannot be reached for a while',
    breaks: ['trouble-unreachable'],
    vary: ending((outcome) =>
      outcome.kind === 'retry' && outcome.reason?.includes('cannot be reached') === true
        ? { ...outcome, kind: 'halted' }
        : outcome,
    ),
  },
  {
    what: 'opens more connections than it was given',
    breaks: ['limit-connections'],
    vary: () => ({ connectionsMax: 5 }),
  },
  {
    what: 'works through one connection alone',
    breaks: ['limit-connections-used'],
    vary: () => ({ connectionsMax: 1 }),
  },
  {
    what: 'sends more rows than a call may carry',
    breaks: ['limit-rows'],
    vary: tooManyRows,
  },
  {
    what: 'calls more often than it says it may',
    breaks: ['limit-calls'],
    changes: ({ limits }) => ({ limits: { ...limits, calls: { max: 1, withinMs: 60_000 } } }),
  },
  {
    what: 'repeats an address in a reason',
    breaks: ['secrecy'],
    vary: answering((outcome, command) =>
      outcome.kind === 'exists' && 'fields' in command
        ? { ...outcome, reason: `There is ${textAt(command.fields, 'email_address')} already.` }
        : outcome,
    ),
  },
  {
    what: 'logs the key it works with',
    breaks: ['secrecy'],
    vary: () => ({
      fetch: (real) => (url, init) => {
        const { authorization = '' } = (init?.headers ?? {}) as Readonly<Record<string, string>>;
        process.stderr.write(`${authorization}\n`);
        return real(url, init);
      },
    }),
  },
];
