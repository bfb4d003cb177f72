/**
 * Blocking and unblocking, which is all that can be told of a person's refusal: by number, and for the whole company.
 * It goes before everything else of its record, so that whatever breaks off leaves nobody callable who is not to be.
 */
import { isWithdrawn } from '../../engine/consent.ts';
import type { AppCommand, AppOutcome, ConsentCommand, CreateCommand } from '../../ports/app.ts';
import { sendChanges } from './change.ts';
import { failureOf } from './company.ts';
import { lookAgain, rejected } from './failures.ts';
import { primaryNumber, toE164 } from './mapping.ts';
import { conclude, type Run, untried } from './outcomes.ts';
import type { WireContact } from './wire.ts';

/** A record's commands that begin with consent: refusals first, then what else there is. */
export async function setRefusals(
  run: Run,
  record: readonly AppCommand[],
): Promise<readonly AppOutcome[]> {
  const outcomes: AppOutcome[] = [];
  for (const command of record) {
    if (command.kind !== 'consent') break;
    const outcome = await setRefusal(run, command, record);
    outcomes.push(outcome);
    if (outcome.kind === 'applied') continue;
    return [...outcomes, ...record.slice(outcomes.length).map(untried)];
  }
  const rest = record.slice(outcomes.length);
  return [...outcomes, ...(rest.length === 0 ? [] : await sendChanges(run, rest))];
}

async function setRefusal(
  run: Run,
  command: ConsentCommand,
  record: readonly AppCommand[],
): Promise<AppOutcome> {
  const { company } = run.tools;
  const { path, remoteId, to } = command;
  if (path !== 'blocked') return rejected('Dialpad cannot be told who opted out of texts.', path);
  const looked = await company.contact(remoteId, run.turn);
  if (looked.kind !== 'ok') return conclude(run, looked, null);
  const numbers = numbersOf(looked.value, record);
  // Nothing is blocked without a number; where there is one again, it shows that it is not.
  if (numbers.length === 0) return lookAgain('The contact has no number that could be blocked.');
  const done = await company.setBlocked(numbers, isWithdrawn(to), run.turn);
  if (done.kind === 'rejected') return { ...done, path };
  if (done.kind === 'missing') return failureOf(done);
  return conclude(run, done, looked.value);
}

/** The primary number, and the one that is about to take its place. */
function numbersOf(contact: WireContact, record: readonly AppCommand[]): readonly string[] {
  const coming = record.flatMap((command) => {
    if (command.kind === 'rename' && command.path === 'phones.primary') return [command.to];
    const primary = command.kind === 'update' ? command.fields['phones.primary'] : null;
    return typeof primary === 'string' ? [primary] : [];
  });
  const numbers = [primaryNumber(contact), ...coming.map(toE164)];
  return [...new Set(numbers.filter((number) => number !== null))];
}

/** Whom nobody may call is made with a number that is blocked already. Null: nothing stands against making them. */
export async function blockFirst(run: Run, { fields }: CreateCommand): Promise<AppOutcome | null> {
  const { blocked = null, 'phones.primary': primary = null } = fields;
  const number = typeof primary === 'string' ? toE164(primary) : null;
  if (!isWithdrawn(blocked) || number === null) return null;
  const done = await run.tools.company.setBlocked([number], true, run.turn);
  switch (done.kind) {
    case 'ok':
      return null;
    case 'rejected':
      return { ...done, path: 'blocked' };
    case 'troubled':
      return run.triage.narrow(done.retry);
    case 'missing':
    case 'exists':
    case 'lost-place':
    case 'retry':
    case 'halted':
      return failureOf(done);
  }
}
