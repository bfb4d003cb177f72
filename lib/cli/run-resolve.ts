/** What `trivet resolve` does: a person’s order about a parked field, sent and waited for. */
import { userInfo } from 'node:os';
import type { FieldSpec } from '../engine/model.ts';
import { explainRecord, type FieldExplanation } from '../flow/explain.ts';
import {
  awaitResolve,
  prepareResolve,
  rawOfText,
  sendResolve,
  type Resolution,
  type ResolveRequest,
} from '../flow/resolve.ts';
import { CommandFailure, wrongUsage } from './failure.ts';
import { formatPairs } from './print/table.ts';
import { asSentence, formatValue, quoteValue, shellWord } from './print/words.ts';
import { requireSync, type Target, type TargetContext } from './target.ts';
import { answerFrom, withTypedKey, type Answer, type TargetOptions } from './with-target.ts';

export interface ResolveOptions extends TargetOptions {
  readonly take: string;
  readonly timeout: number;
}

export async function resolveField(
  syncName: string,
  typedKey: string,
  column: string,
  options: ResolveOptions,
): Promise<void> {
  await answerFrom(
    options,
    async (target) => {
      const sync = requireSync(target, syncName);
      const context = await target.open(sync);
      const field = sync.spec.fields.find((each) => each.column === column);
      return withTypedKey(typedKey, (key) =>
        carryOut(target, context, options, {
          key,
          field: column,
          take: parseTake(options.take, field),
          by: userInfo().username,
        }),
      );
    },
    { works: true },
  );
}

async function carryOut(
  target: Target,
  context: TargetContext,
  options: ResolveOptions,
  request: ResolveRequest,
): Promise<Answer> {
  const prepared = await prepareResolve(context, request);
  if (prepared.kind === 'wrong') throw wrongUsage(prepared.reason);
  if (prepared.kind === 'refused') throw new CommandFailure(prepared.reason);
  await sendResolve(context, prepared.command);
  const resolution = await awaitResolve(context, prepared, options.timeout * 1000);
  const told = await explainRecord(context, request.key);
  const field = told?.fields.find((each) => each.field === request.field) ?? null;
  requireDone(target, context.sync.spec.name, request, resolution);
  const decision = resolution.kind === 'done' ? resolution.decision : null;
  return {
    json: { resolved: prepared.command, decision, state: told?.state ?? null, field },
    lines: (ink) => [
      `${ink.paint('green', 'Resolved')} ${request.field} of record ${request.key}: ${decision?.reason.text ?? ''}.`,
      ...(field === null ? [] : formatPairs(ink, pairsOf(field, context.sync.app, told?.state))),
    ],
  };
}

function pairsOf(
  field: FieldExplanation,
  app: string,
  state: string | undefined,
): readonly (readonly [string, string])[] {
  return [
    ['CRM', field.crm.problem ?? formatValue(field.crm.value)],
    [app, field.app.problem ?? formatValue(field.app.value)],
    ['agreed', field.agreed === null ? '(never met)' : quoteValue(field.agreed.c)],
    ['state', state ?? ''],
  ];
}

/** Everything but done ends the command with a sentence that says what is so now. */
function requireDone(
  target: Target,
  sync: string,
  { key, field }: ResolveRequest,
  resolution: Resolution,
): void {
  const where = `${target.mode} ${target.name}`;
  const look = `npx trivet explain ${sync} ${shellWord(key)} ${field}`;
  switch (resolution.kind) {
    case 'done':
      return;
    case 'refused':
      throw new CommandFailure(
        `${field} of record ${key} is parked again (${where}): ${asSentence(resolution.reason)} See: ${look}`,
      );
    case 'waiting':
      throw new CommandFailure(
        `Not carried out (${where}); the record is out of traffic: ${asSentence(resolution.reason)} See: ${look}`,
      );
    case 'unanswered':
      throw new CommandFailure(
        `Not carried out in time (${where}); the order is still in the record’s lane. See: ${look}`,
      );
  }
}

function parseTake(text: string, field: FieldSpec | undefined): ResolveRequest['take'] {
  if (text === 'crm' || text === 'app') return text;
  const value = text.startsWith('value:') ? text.slice('value:'.length) : text;
  return { raw: field === undefined ? value : rawOfText(field, value) };
}
