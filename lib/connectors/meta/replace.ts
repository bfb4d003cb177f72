/**
 * Replacing everybody: one session of batches, the first of which empties the audience. Its rules, all from the
 * vendor's page: from status Normal only, one at a time, at most 90 minutes, batch 1 once and first; whatever goes
 * wrong is code 2650. What was uploaded of a session that ended early stays.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import type { Budget } from '../../ports/clock.ts';
import type { Replace, ReplaceBatch, ReplaceOutcome } from '../../ports/ledger.ts';
import type { Outcome } from '../../ports/outcome.ts';
import { waitFor, withoutRow, type Audience } from './audience.ts';
import { isBusy, mayReplace } from './audience-status.ts';
import type { Form } from './encode.ts';
import { parseSessions, parseUpload } from './wire.ts';

const SESSION_MS = 90 * 60_000;

/** The guide’s list of keys has no EXTERN_ID here, the reference’s has: it is left out. */
const LEFT_OUT = 'EXTERN_ID';

export const createReplace = (audience: Audience, form: Form): Replace => ({
  sessionMs: SESSION_MS,
  mayBegin: (budget) => mayBegin(audience, budget),
  hasBegun: (session, budget) => hasBegun(audience, session, budget),
  send: (batch, budget) => send(audience, { form, batch }, budget),
});

async function mayBegin(audience: Audience, budget: Budget): Promise<Outcome<boolean>> {
  const status = await audience.status(budget);
  if (status.kind !== 'ok') return status;
  return isBusy(status.value)
    ? waitFor(`Meta is busy with this audience (status ${status.value}).`)
    : { kind: 'ok', value: mayReplace(status.value) };
}

/** https://developers.facebook.com/docs/marketing-api/reference/custom-audience/sessions */
async function hasBegun(
  audience: Audience,
  session: number,
  budget: Budget,
): Promise<Outcome<boolean>> {
  const query = { session_id: String(session), fields: 'session_id,stage' };
  const path = `/${audience.id}/sessions`;
  const asked = await audience.ask({ method: 'GET', path, query }, budget);
  if (asked.kind !== 'ok') return withoutRow(asked);
  return { kind: 'ok', value: parseSessions(asked.answer.body).includes(String(session)) };
}

async function send(
  audience: Audience,
  { form, batch }: { readonly form: Form; readonly batch: ReplaceBatch },
  budget: Budget,
): Promise<ReplaceOutcome> {
  const { session, seq, isLast, rows, invalidBefore } = batch;
  const left = form.schema.indexOf(LEFT_OUT);
  const without = <T>(cells: readonly T[]): readonly T[] =>
    cells.filter((_cell, index) => index !== left);
  const params = {
    payload: { schema: without(form.schema), data: rows.map(({ cells }) => without(cells)) },
    session: { session_id: session, batch_seq: seq, last_batch_flag: isLast },
  };
  const path = `/${audience.id}/usersreplace`;
  const asked = await audience.ask({ method: 'POST', path, params }, budget);
  switch (asked.kind) {
    case 'ok': {
      const upload = parseUpload(asked.answer.body);
      // Whatever cannot be told from the answer is told again by the backfill that follows.
      if (upload === null) return { kind: 'applied', isClean: false, invalid: invalidBefore };
      const { invalid } = upload;
      return { kind: 'applied', isClean: invalid <= invalidBefore, invalid };
    }
    case 'session':
      return asked.next === 'wait' ? waitFor(asked.reason) : { kind: 'over', reason: asked.reason };
    case 'rejected':
    case 'split':
      return { kind: 'over', reason: asked.reason };
    case 'retry':
    case 'halted':
      return asked;
  }
}
