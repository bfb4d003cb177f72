/** `trivet resolve <sync> <key> <field> --take …`: a person settles a parked field. */
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
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
import {
  answerFrom,
  describeTargetCommand,
  withTypedKey,
  type Answer,
  type TargetOptions,
} from './with-target.ts';

interface Options extends TargetOptions {
  readonly take: string;
  readonly timeout: number;
}

const TIMEOUT_DEFAULT_S = 30;

export function addResolve(program: Command): void {
  const command = program
    .command('resolve')
    .description('settle a parked field: take the CRM’s value, the app’s, or one of your own')
    .argument('<sync>', 'as `conflicts` names it')
    .argument('<key>', 'the CRM row’s primary key')
    .argument('<field>', 'the CRM column')
    .requiredOption(
      '--take <crm|app|VALUE>',
      'whose value both ends shall hold; “value:crm” means the word itself',
    )
    .option(
      '--timeout <seconds>',
      'how long to wait for the outcome',
      parseSeconds,
      TIMEOUT_DEFAULT_S,
    );
  describeTargetCommand(
    command,
    `  npx trivet resolve contacts-news 17 phone --take app
  npx trivet resolve contacts-news 17 phone --take '+49 30 1234567'
  npx trivet resolve contacts-news 17 tags --take 'vip, customer'
  npx trivet resolve contacts-news 17 city --take ''          empties it at both ends

The order travels in the record’s own lane, so it cannot race with the sync.`,
  ).action(resolveField);
}

async function resolveField(
  syncName: string,
  typedKey: string,
  column: string,
  options: Options,
): Promise<void> {
  await answerFrom(options, (target) => {
    const sync = requireSync(target, syncName);
    const context = target.open(sync);
    const field = sync.spec.fields.find((each) => each.column === column);
    return withTypedKey(typedKey, (key) =>
      carryOut(target, context, options, {
        key,
        field: column,
        take: parseTake(options.take, field),
        by: userInfo().username,
      }),
    );
  });
}

async function carryOut(
  target: Target,
  context: TargetContext,
  options: Options,
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

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 600)) {
    throw new InvalidArgumentError('seconds from 1 to 600 are needed.');
  }
  return seconds;
}
