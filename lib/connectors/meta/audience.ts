/** One audience at Meta: its address, the ad account it is in, and how an answer is judged. */
import type { Budget } from '../../ports/clock.ts';
import type { Halted, Outcome, Retry } from '../../ports/outcome.ts';
import type { Answer, Call, Client } from './client.ts';
import { judgeStatus, noteUpgrade } from './audience-status.ts';
import { halted, judgeAnswer, judgeSilence, type Context, type Verdict } from './failures.ts';
import { sentences } from './sentences.ts';
import { parseAccount, parseAudience, type WireAudience } from './wire.ts';

export interface AudienceSetup {
  readonly client: Client;
  readonly id: string;
  /** Null: Meta is asked. */
  readonly adAccount: string | null;
  readonly version: string;
  /** Something somebody should know of, although everything works. */
  readonly notice: (sentence: string) => void;
}

export type Asked = { readonly kind: 'ok'; readonly answer: Answer } | Verdict;

export interface Audience {
  readonly id: string;
  ask(call: Call, budget: Budget): Promise<Asked>;
  /** `act_…` */
  account(budget: Budget): Promise<Outcome<string>>;
  /** The code of its operation status. */
  status(budget: Budget): Promise<Outcome<number>>;
  /** Whether it is there, is ours, and takes changes. Its account. */
  check(budget: Budget): Promise<Outcome<string>>;
}

/** Where Meta does not say. */
const NORMAL = 200;

export function createAudience(setup: AudienceSetup): Audience {
  const { client, id, version } = setup;
  let account = setup.adAccount;
  const noticed = new Set<string>();
  const notice = (sentence: string | null): void => {
    if (sentence === null || noticed.has(sentence)) return;
    noticed.add(sentence);
    setup.notice(sentence);
  };
  const context = (isWrite: boolean): Context => ({
    isWrite,
    adAccount: account ?? 'the ad account',
    audience: id,
    version,
  });
  const ask = async (call: Call, budget: Budget): Promise<Asked> => {
    const reply = await client.call(call, budget);
    const isWrite = call.method !== 'GET';
    if (reply.kind === 'silence') return judgeSilence(reply, { isWrite });
    notice(noteUpgrade(version, reply.version));
    return reply.status >= 200 && reply.status < 300
      ? { kind: 'ok', answer: reply }
      : judgeAnswer(reply, context(isWrite));
  };
  const read = async (budget: Budget): Promise<Outcome<WireAudience>> => {
    const query = { fields: 'id,account_id,operation_status' };
    const asked = await ask({ method: 'GET', path: `/${id}`, query }, budget);
    if (asked.kind !== 'ok') return withoutRow(asked);
    const seen = parseAudience(asked.answer.body);
    return seen === null ? halted(sentences.address()) : { kind: 'ok', value: seen };
  };
  const look = async (budget: Budget): Promise<Outcome<string>> => {
    const found = await read(budget);
    if (found.kind !== 'ok') return found;
    const seen = found.value;
    const own = seen.accountId === null ? null : `act_${seen.accountId}`;
    if (account !== null && own !== null && own !== account) {
      return halted(
        `The audience ${id} is in the ad account ${own}, and meta({ adAccount }) says ${account}. Correct the configuration; the sync then goes on by itself.`,
      );
    }
    account ??= own;
    if (account === null) {
      return halted(
        'Meta does not say which ad account the audience is in. Name it: meta({ adAccount: "act_…" }).',
      );
    }
    const verdict = judgeStatus(seen.operationStatus ?? NORMAL, context(false));
    if (verdict.kind === 'notice') notice(verdict.reason);
    if (verdict.kind === 'retry' || verdict.kind === 'halted') return verdict;
    return { kind: 'ok', value: account };
  };
  return {
    id,
    ask,
    account: async (budget) => (account === null ? look(budget) : { kind: 'ok', value: account }),
    status: async (budget) => {
      const found = await read(budget);
      return found.kind === 'ok'
        ? { kind: 'ok', value: found.value.operationStatus ?? NORMAL }
        : found;
    },
    check: async (budget) => {
      const looked = await look(budget);
      if (looked.kind !== 'ok') return looked;
      return checkTerms({ ask, context: context(false) }, looked.value, budget);
    },
  };
}

/** https://developers.facebook.com/docs/marketing-api/audiences/reference/custom-audience-terms-of-service */
async function checkTerms(
  { ask, context }: { readonly ask: Audience['ask']; readonly context: Context },
  account: string,
  budget: Budget,
): Promise<Outcome<string>> {
  const call = { method: 'GET', path: `/${account}`, query: { fields: 'tos_accepted' } } as const;
  const asked = await ask(call, budget);
  if (asked.kind !== 'ok') return withoutRow(asked);
  const seen = parseAccount(asked.answer.body);
  // Whoever says nothing about terms refuses the first upload, with the same sentence.
  if (seen?.termsAccepted === false)
    return halted(sentences.terms({ ...context, adAccount: account }));
  return { kind: 'ok', value: account };
}

/** For calls that carry no rows: there is nothing in them to blame or to divide. */
export function withoutRow(verdict: Verdict): Retry | Halted {
  switch (verdict.kind) {
    case 'retry':
    case 'halted':
      return verdict;
    case 'rejected':
    case 'split':
      return halted(verdict.reason);
    case 'session':
      return waitFor(verdict.reason);
  }
}

const REPLACE_MS = 60_000;

/** Another upload replaces everybody at the moment. */
export const waitFor = (reason: string): Retry => ({
  kind: 'retry',
  scope: 'app',
  afterMs: REPLACE_MS,
  reason,
  ambiguous: false,
});
