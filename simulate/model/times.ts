/**
 * The times of one person, put in their places anew. Of all that they are compared for two things count: whether what was
 * seen is within the fence of our last write, and which of two versions is the later one. Which end was edited last, which the policy
 * `newest` asks, is chosen anew by every delivery (pages.ts).
 */
import { UNDATED_MAX_MS } from '../../lib/engine/judge-fields.ts';
import { isFenced } from '../../lib/flow/work.ts';
import { PATHS } from '../../test/support/flow-world/sample-sync.ts';
import type { Person } from './person.ts';

/** It is always this moment when something happens: the end of a second, so that what comes next has a later version. */
export const NOW = Date.parse('2025-03-01T12:00:00.900Z');
/** To the next thing that happens, where nobody waits. */
export const SHORT_MS = 140;
/** Somebody waits until no fence is up. */
export const LONG_MS = 60_000;
const SECOND_MS = 1_000;
const BEFORE = NOW - SECOND_MS;
const LONG_AGO = NOW - 900 - 60 * LONG_MS;
const LATER = LONG_AGO + SECOND_MS;
const LATEST = LATER + SECOND_MS;

/** What the next round reads may be within the fence of our last write, or after it: where it is news, it is tried with both. */
export const isNear = (person: Person): boolean =>
  person.state.parking !== null || (!person.isRead && isNews(person, person.member.profile));

/** Of what the app shows, and nobody agreed on, in the fields that people edit. */
function isNews({ state }: Person, shown: Readonly<Record<string, unknown>>): boolean {
  const pairs = Object.entries(state.shadow?.pairs ?? {});
  return [PATHS.phone, PATHS.first_name].some((path) =>
    pairs.some(([name, pair]) => name.includes(`>${path}:`) && pair.r !== shown[path]),
  );
}

/**
 * What a message carries is taken for what the app shows, or a reason to look: that is all its times are asked for. Of a member
 * that no message carries it counts whether the next round will find the version that we know.
 */
export function retimed(person: Person, now: number): Person {
  const { state, member, ref, unread, isRead } = person;
  const { observed, ...rest } = ref ?? { key: person.key };
  const isTrusted =
    observed !== undefined && isNews(person, observed.raw) && !isFenced(state, observed);
  const isKnown = !isRead && observed === undefined && member.changedAt === state.appVersion;
  const dated = { ...rest, ...(rest.crmAt === undefined ? {} : { crmAt: NOW }) };
  const version = isTrusted ? LATER : LONG_AGO;
  return {
    ...person,
    member: { ...member, changedAt: isKnown ? LONG_AGO : LATEST },
    unread: unread.map(() => NOW),
    ref:
      ref === null
        ? null
        : {
            ...dated,
            ...(observed === undefined
              ? {}
              : { observed: { ...observed, version, beganAt: BEFORE } }),
          },
    state: {
      ...state,
      // Of nothing that was not seen yet anybody knows whether it will be within the fence.
      wroteAt: isTrusted ? null : NOW,
      appVersion: state.appVersion === null ? null : LONG_AGO,
      intent: state.intent === null ? null : { ...state.intent, at: NOW },
      parked: allOf(state.parked, (field) => ({ ...field, at: NOW })),
      parking: laterParking(state.parking, now),
      fights: allOf(state.fights, (memory) => ({ ...memory, since: NOW })),
    },
  };
}

const allOf = <T>(named: Readonly<Record<string, T>>, change: (each: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, each]) => [name, change(each)]));

/** Due, or due after a long while. */
function laterParking(
  parking: Person['state']['parking'],
  now: number,
): Person['state']['parking'] {
  if (parking?.kind !== 'waiting') return parking;
  return { ...parking, until: parking.until <= now ? NOW : NOW + UNDATED_MAX_MS + 1 };
}
