/**
 * Who may not be called or written to. Dialpad keeps that by number, beside its contacts:
 *
 *   blocked      the company's blocked numbers: listed, asked for one by one, added and taken out
 *   sms_consent  who answered STOP, or START again, to a text message: listed, and nothing else
 *
 * A contact shows what its primary number says, for that is the one that is called. The pages of a walk are joined
 * with both lists, so that no contact takes a call; a single look asks for its one number. A contact without a number
 * that can be spelt out shows neither.
 *
 * The list of blocked numbers has only those "that have been blocked via the API". What people block in the app is
 * seen when the contact is looked at.
 */
import type { Json } from '../../engine/value.ts';
import type { AppObservation } from '../../ports/app.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Turn } from './client.ts';
import type { Company, Ok, Result } from './company.ts';
import { observeContact, primaryNumber } from './mapping.ts';
import { createNumberList, type NumberList, type Numbers } from './number-list.ts';
import type { OptOutState } from './company.ts';
import type { WireContact } from './wire.ts';

export interface Refusals {
  /** Calls that one look takes beside that for the contact. */
  readonly callsPerLook: number;
  /** What the pages of a walk are joined with. */
  read(turn: Turn): Promise<Result<Lists>>;
  /** A contact of a page. */
  ofPage(contact: WireContact, lists: Lists, beganAt: number): AppObservation;
  /** A contact that was looked at. */
  ofLook(contact: WireContact, beganAt: number, turn: Turn): Promise<Result<AppObservation>>;
}

/** Null: not mapped, so not read. */
export interface Lists {
  readonly blocked: Numbers | null;
  readonly optOuts: OptOuts | null;
}

interface OptOuts {
  readonly out: Numbers;
  /** By number when the person came back in; 0: Dialpad does not say. */
  readonly back: Numbers;
}

export function createRefusals(company: Company, paths: readonly string[], clock: Clock): Refusals {
  const isBlockedMapped = paths.includes('blocked');
  const isConsentMapped = paths.includes('sms_consent');
  const blocked = createNumberList({
    name: 'blocked numbers',
    clock,
    readPage: (cursor, turn) => company.blockedPage(cursor, turn),
  });
  const listOf = (state: OptOutState): NumberList =>
    createNumberList({
      name: 'SMS opt-outs',
      clock,
      readPage: (cursor, turn) => company.optOutPage(state, cursor, turn),
    });
  const [out, back] = [listOf('opted_out'), listOf('opted_back_in')];

  const readOptOuts = async (turn: Turn): Promise<Result<OptOuts>> => {
    const outs = await out.current(turn);
    if (outs.kind !== 'ok') return outs;
    const backs = await back.current(turn);
    if (backs.kind !== 'ok') return backs;
    return { ...outs, value: { out: outs.value, back: backs.value } };
  };

  return {
    callsPerLook: isBlockedMapped ? 1 : 0,
    read: async (turn) => {
      const numbers = isBlockedMapped ? await blocked.current(turn) : null;
      if (numbers !== null && numbers.kind !== 'ok') return numbers;
      const consents = isConsentMapped ? await readOptOuts(turn) : null;
      if (consents !== null && consents.kind !== 'ok') return consents;
      const lists = { blocked: numbers?.value ?? null, optOuts: consents?.value ?? null };
      return { kind: 'ok', value: lists, beganAt: numbers?.beganAt ?? clock.now() };
    },
    ofPage: (contact, { blocked: numbers, optOuts }, beganAt) => {
      const number = primaryNumber(contact);
      const isBlocked =
        numbers === null || number === null ? null : numbers.valueOf(number) !== undefined;
      // A number that we blocked since its list was read is not in it: what we wrote then must not look undone.
      const seenAt = Math.min(beganAt, numbers?.beganAt ?? beganAt);
      return withRefusals(observeContact(contact, paths, seenAt), number, isBlocked, optOuts);
    },
    ofLook: async (contact, beganAt, turn) => {
      const observed = observeContact(contact, paths, beganAt);
      const number = primaryNumber(contact);
      if (number === null) return ok(observed, beganAt);
      const asked = isBlockedMapped ? await company.isBlocked(number, turn) : null;
      if (asked !== null && asked.kind !== 'ok') return asked;
      const consents = isConsentMapped ? await readOptOuts(turn) : null;
      if (consents !== null && consents.kind !== 'ok') return consents;
      const isBlocked = asked?.value ?? null;
      return ok(withRefusals(observed, number, isBlocked, consents?.value ?? null), beganAt);
    },
  };
}

const ok = (value: AppObservation, beganAt: number): Ok<AppObservation> => ({
  kind: 'ok',
  value,
  beganAt,
});

/** What nobody was asked about is left out, which says that it was not seen. */
function withRefusals(
  observed: AppObservation,
  number: string | null,
  isBlocked: boolean | null,
  optOuts: OptOuts | null,
): AppObservation {
  if (number === null) return observed;
  const raw: Record<string, Json> = { ...observed.raw };
  if (isBlocked !== null) raw['blocked'] = isBlocked;
  if (optOuts === null) return { ...observed, raw };
  const isOut = optOuts.out.valueOf(number) !== undefined;
  const backAt = isOut ? undefined : optOuts.back.valueOf(number);
  // Out of one campaign and back in another is out.
  raw['sms_consent'] = isOut ? 'unsubscribed' : backAt === undefined ? null : 'subscribed';
  return { ...observed, raw, optInAt: backAt || null };
}
