/**
 * Looking at single contacts: by their id, or by the id that our own key makes. Dialpad cannot be asked for a phone
 * number. A contact that is not there is an observation too: `absent`.
 */
import type { RemoteId } from '../../engine/model.ts';
import type { AppObservation, FetchTarget } from '../../ports/app.ts';
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Outcome } from '../../ports/outcome.ts';
import { mapUntil } from '../slots.ts';
import type { Turn } from './client.ts';
import { failureOf, type Company } from './company.ts';
import { withoutRejection } from './failures.ts';
import { isShared } from './mapping.ts';
import type { Refusals } from './refusals.ts';
import { createTriage, skipRest, type Triage } from '../triage.ts';
import { idOfUid, plantUid } from './uid.ts';
import type { WireContact } from './wire.ts';

export interface FetchTools {
  readonly company: Company;
  readonly installation: string;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly connectionsMax: number;
}

export async function fetchContacts(
  tools: FetchTools,
  targets: readonly FetchTarget[],
  budget: Budget,
): Promise<readonly Outcome<AppObservation>[]> {
  const turn = tools.company.turn(budget, {
    company: targets.length * (1 + tools.refusals.callsPerLook),
  });
  const triage = createTriage(() => tools.company.whyMissing(turn));
  return mapUntil(
    targets,
    tools.connectionsMax,
    (target) => fetchOne(tools, target, turn, triage),
    skipRest,
  );
}

async function fetchOne(
  tools: FetchTools,
  target: FetchTarget,
  turn: Turn,
  triage: Triage,
): Promise<Outcome<AppObservation>> {
  const id = idOf(tools, target);
  if (id === null) return { kind: 'ok', value: absent(target, tools.clock.now()) };
  const answer = await tools.company.contact(id, turn);
  switch (answer.kind) {
    case 'ok': {
      triage.noteServed();
      const { value: contact, beganAt } = answer;
      // Somebody's own contact is nobody else's business.
      if (!isShared(contact)) return { kind: 'ok', value: absent(target, beganAt) };
      return observe(tools, contact, beganAt, { turn, triage });
    }
    case 'missing': {
      const failure = await triage.whyMissing();
      return failure === null
        ? { kind: 'ok', value: absent(target, tools.clock.now()) }
        : withoutRejection(failure);
    }
    case 'troubled':
      return withoutRejection(await triage.narrow(answer.retry));
    case 'exists':
    case 'lost-place':
    case 'retry':
    case 'rejected':
    case 'halted':
      return withoutRejection(failureOf(answer));
  }
}

async function observe(
  { refusals }: FetchTools,
  contact: WireContact,
  beganAt: number,
  { turn, triage }: { readonly turn: Turn; readonly triage: Triage },
): Promise<Outcome<AppObservation>> {
  const observed = await refusals.ofLook(contact, beganAt, turn);
  if (observed.kind === 'ok') return { kind: 'ok', value: observed.value };
  if (observed.kind === 'troubled') return withoutRejection(await triage.narrow(observed.retry));
  return withoutRejection(failureOf(observed));
}

export function idOf(
  { company, installation }: Pick<FetchTools, 'company' | 'installation'>,
  { remoteId, key }: FetchTarget,
): RemoteId | null {
  if (remoteId !== null) return remoteId;
  return key === undefined ? null : idOfUid(company.id, plantUid(installation, key));
}

function absent({ remoteId }: FetchTarget, beganAt: number): AppObservation {
  return { remoteId, existence: 'absent', raw: {}, version: null, optInAt: null, beganAt };
}
