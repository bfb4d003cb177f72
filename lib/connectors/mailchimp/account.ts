/** What an account has before anything is configured: its audiences, and the merge fields of each. For `trivet init`. */
import * as z from 'zod';
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Failure, Halted } from '../../ports/outcome.ts';
import { createAudience } from './audience.ts';
import { createClient } from './client.ts';
import { parseBaseUrl, parseCredentials } from './config.ts';
import { judgeAnswer, judgeSilence, toFailure } from './failures.ts';
import type { WireMergeField } from './wire.ts';

export interface AccountAudience {
  readonly id: string;
  readonly name: string;
  readonly members: number | null;
}

export type Answered<T> = { readonly kind: 'ok'; readonly value: T } | Failure;

export interface MailchimpAccount {
  audiences(budget: Budget): Promise<Answered<readonly AccountAudience[]>>;
  mergeFields(audience: string, budget: Budget): Promise<Answered<readonly WireMergeField[]>>;
}

const listsSchema = z.object({
  lists: z.array(
    z.object({
      id: z.string(),
      name: z.string().catch(''),
      stats: z.object({ member_count: z.number() }).optional().catch(undefined),
    }),
  ),
});

const LISTS = {
  method: 'GET',
  path: '/lists',
  query: { count: '1000', fields: 'lists.id,lists.name,lists.stats' },
  repeatable: true,
} as const;

const READING = { isWrite: false, sent: [] } as const;

export function openAccount(
  secret: unknown,
  clock: Clock,
): { readonly kind: 'ok'; readonly value: MailchimpAccount } | Halted {
  const credentials = parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const baseUrl = parseBaseUrl({}, credentials.value);
  if (baseUrl.kind === 'halted') return baseUrl;
  const client = createClient({
    baseUrl: baseUrl.value,
    authorization: credentials.value.authorization,
    connectionsMax: 1,
    clock,
    fetch: globalThis.fetch,
    random: Math.random,
  });
  const account: MailchimpAccount = {
    // https://mailchimp.com/developer/marketing/api/lists/get-lists-info/
    audiences: async (budget) => {
      const reply = await client.call(LISTS, budget);
      if (reply.kind === 'silence') return toFailure(judgeSilence(reply, READING), 'lists');
      const parsed = listsSchema.safeParse(reply.body);
      if (reply.status !== 200 || !parsed.success)
        return toFailure(judgeAnswer(reply, READING), 'lists');
      const audiences = parsed.data.lists.map(({ id, name, stats }) => ({
        id,
        name,
        members: stats?.member_count ?? null,
      }));
      return { kind: 'ok', value: audiences };
    },
    mergeFields: async (audience, budget) => {
      const fields = await createAudience(client, audience).mergeFields(budget);
      return fields.kind === 'ok' ? fields : toFailure(fields, audience);
    },
  };
  return { kind: 'ok', value: account };
}
