/** Queue messages, parsed once at the edge. What does not parse goes back and ends in the dead-letter queue. */
import * as z from 'zod';
import type { LaneMessage, PullMessage } from '../ports/messages.ts';

const json: z.ZodType = z.json();
const target = z.object({
  remoteId: z.string().nullable(),
  match: z.string().nullable(),
  digest: z.string().optional(),
});

const pullMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ring'),
    sync: z.string(),
    source: z.string(),
    scheduledAt: z.string().optional(),
  }),
  z.object({ kind: z.literal('look'), sync: z.string(), look: z.array(target) }),
  z.object({ kind: z.literal('continue'), sync: z.string(), progress: z.string() }),
  z.object({
    kind: z.literal('page-done'),
    sync: z.string(),
    backfill: z.string(),
    lane: z.int(),
    page: z.int(),
  }),
]);

const observation = z.object({
  remoteId: z.string().nullable(),
  existence: z.enum(['present', 'archived', 'absent']),
  raw: z.record(z.string(), json),
  version: z.number().nullable(),
  optInAt: z.number().nullable(),
  beganAt: z.number(),
});

const position = z.union([
  z.object({ xid: z.string(), seq: z.string() }),
  z.object({
    reached: z.string(),
    settled: z.string(),
    pass: z
      .object({
        until: z.string(),
        settled: z.string(),
        page: z.int(),
        modified: z.string(),
        key: z.string(),
      })
      .nullable(),
  }),
]);

const reference = z.object({
  key: z.string(),
  crmAt: z.number().optional(),
  goneAt: z.number().optional(),
  hadRow: z.boolean().optional(),
  observed: observation.optional(),
  look: z.boolean().optional(),
  digest: z.string().optional(),
  wake: z.boolean().optional(),
});

const plannedOrder = z.object({
  ref: reference,
  legs: z.object({ crm: z.string(), state: z.string(), app: z.string() }),
  deeds: z.array(z.object({ kind: z.string(), column: z.string().nullable() })),
  held: z
    .object({
      verb: z.enum(['approve', 'drop']),
      values: z.array(z.string()),
      by: z.string(),
    })
    .optional(),
  quarantined: z.object({ verb: z.enum(['retry', 'drop']), by: z.string() }).optional(),
  undo: z
    .object({
      by: z.string(),
      what: z.string(),
      fields: z.array(z.object({ field: z.string(), wrote: json, back: json })),
      existence: z.enum(['archive-app', 'revive-app']).nullable(),
      braked: z.boolean(),
    })
    .optional(),
});

const laneMessage = z.object({
  sync: z.string(),
  lane: z.int(),
  refs: z.array(reference),
  commands: z
    .array(
      z.object({
        kind: z.literal('resolve'),
        key: z.string(),
        field: z.string(),
        take: z.union([
          z.object({ side: z.enum(['crm', 'app']) }),
          z.object({ side: z.literal('value'), value: json }),
        ]),
        by: z.string(),
      }),
    )
    .optional(),
  position: z.object({
    crm: z
      .object({
        position,
        mark: z.string().nullable(),
        systemId: z.string(),
        timeline: z.string(),
      })
      .optional(),
    app: json.optional(),
  }),
  run: z.string().optional(),
  backfill: z
    .object({
      id: z.string(),
      page: z.int(),
      last: z.boolean(),
      rebuild: z.object({ session: z.int(), isEnd: z.boolean() }).optional(),
    })
    .optional(),
  erase: z.array(z.string()).optional(),
  plan: z.object({ name: z.string(), code: z.string(), orders: z.array(plannedOrder) }).optional(),
});

/** Throws a sentence naming what is wrong with the message. The ids' brands are given here: only we write these queues. */
export function requirePullMessage(body: string): PullMessage {
  return requireShape(pullMessage, body) as unknown as PullMessage;
}

export function requireLaneMessage(body: string): LaneMessage {
  return requireShape(laneMessage, body) as unknown as LaneMessage;
}

function requireShape<S extends z.ZodType>(schema: S, body: string): z.output<S> {
  const parsed = schema.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new Error(`a queue message is not one of ours: ${z.prettifyError(parsed.error)}`);
}
