/** From what the company answered to what became of a command. */
import type { Value } from '../../engine/value.ts';
import type { AppObservation, AppOutcome } from '../../ports/app.ts';
import type { Turn } from './client.ts';
import { failureOf, type Result } from './company.ts';
import { notTried } from './failures.ts';
import type { FetchTools } from './fetch.ts';
import type { Triage } from '../triage.ts';
import type { WireContact } from './wire.ts';

/** One push, and what it learns of the company. */
export interface Run {
  readonly tools: FetchTools;
  readonly turn: Turn;
  readonly triage: Triage;
}

/** Values by path. */
export type Values = Readonly<Record<string, Value>>;

const OWN_REST = notTried('An earlier command of this record was not applied.');

export const untried = (): AppOutcome => OWN_REST;

/** Untried for want of an earlier command of its own record, not for want of time. */
export const isOwnRest = (outcome: AppOutcome): boolean => outcome === OWN_REST;

/** The answer of a write is the contact as it is now. */
export async function finish(run: Run, answer: Result<WireContact | null>): Promise<AppOutcome> {
  return conclude(run, answer, answer.kind === 'ok' ? answer.value : null);
}

/** Null also when something beside the contact could not be asked for: the write is done, and a look will tell. */
async function observe(
  { tools, turn }: Run,
  contact: WireContact | null,
  beganAt: number,
): Promise<AppObservation | null> {
  if (contact === null) return null;
  const observed = await tools.refusals.ofLook(contact, beganAt, turn);
  return observed.kind === 'ok' ? observed.value : null;
}

export async function conclude(
  run: Run,
  result: Result<unknown>,
  contact: WireContact | null,
): Promise<AppOutcome> {
  switch (result.kind) {
    case 'ok': {
      run.triage.noteServed();
      const { beganAt } = result;
      return { kind: 'applied', observed: await observe(run, contact, beganAt), beganAt };
    }
    case 'missing':
      return (await run.triage.whyMissing()) ?? { kind: 'gone', reason: result.reason };
    case 'troubled':
      return run.triage.narrow(result.retry);
    case 'exists':
    case 'lost-place':
    case 'retry':
    case 'rejected':
    case 'halted':
      return failureOf(result);
  }
}
