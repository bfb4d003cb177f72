/** Looking at single members. A member that is not there is an observation too: `absent`. */
import type { AppObservation, FetchTarget } from '../../ports/app.ts';
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Outcome } from '../../ports/outcome.ts';
import type { Audience } from './audience.ts';
import { toFailure, withoutRejection } from './failures.ts';
import { subscriberHash } from './mapping.ts';
import type { Observe } from './pull.ts';
import { mapUntil } from '../slots.ts';
import { createTriage, skipRest, type Triage } from '../triage.ts';

export interface FetchTools {
  readonly audience: Audience;
  readonly observe: Observe;
  readonly clock: Clock;
  readonly connectionsMax: number;
}

export async function fetchMembers(
  tools: FetchTools,
  targets: readonly FetchTarget[],
  budget: Budget,
): Promise<readonly Outcome<AppObservation>[]> {
  const triage = createTriage(() => tools.audience.whyMissing(budget));
  return mapUntil(
    targets,
    tools.connectionsMax,
    (target) => fetchOne(tools, target, triage, budget),
    skipRest,
  );
}

async function fetchOne(
  tools: FetchTools,
  target: FetchTarget,
  triage: Triage,
  budget: Budget,
): Promise<Outcome<AppObservation>> {
  const beganAt = tools.clock.now();
  const hash = target.remoteId ?? (target.match === null ? null : subscriberHash(target.match));
  if (hash === null) return { kind: 'ok', value: absent(target, beganAt) };
  const answer = await tools.audience.member(hash, budget);
  if (answer.kind === 'ok') {
    triage.noteServed();
    return { kind: 'ok', value: await tools.observe(answer.value, answer.beganAt, budget) };
  }
  if (answer.kind === 'missing') {
    // An audience that is gone answers 404 for each of its members: nobody must be taken for deleted.
    const failure = await triage.whyMissing();
    return failure === null
      ? { kind: 'ok', value: absent(target, beganAt) }
      : withoutRejection(failure);
  }
  if (answer.kind === 'troubled') return withoutRejection(await triage.narrow(answer.retry));
  return withoutRejection(toFailure(answer, tools.audience.id));
}

function absent(target: FetchTarget, beganAt: number): AppObservation {
  const { remoteId } = target;
  return { remoteId, existence: 'absent', raw: {}, version: null, optInAt: null, beganAt };
}
