/** Why a round, or a sweep, that was asked for is not seen to its end; and what comes next. Pure. */
import type { RoundEnd } from '../../flow/follow-round.ts';
import type { Ink } from './ink.ts';

export function formatStandstill(
  ink: Ink,
  name: string,
  end: Exclude<RoundEnd, { readonly kind: 'done' }>,
): string {
  const head = ink.paint('bold', name);
  switch (end.kind) {
    case 'halted':
      return `${head}  ${ink.paint('red', 'halted')}: ${end.reason}`;
    case 'resting':
      return `${head}  ${ink.paint('yellow', 'resting')}: ${end.reason} It goes on by itself when that is over: npx trivet watch`;
    case 'paused':
      return `${head}  ${ink.paint('yellow', 'paused')} by ${end.by}: no round comes until it is resumed`;
    case 'late': {
      const why = end.cooling === null ? '' : `; resting: ${end.cooling.reason}`;
      return `${head}  ${ink.paint('yellow', 'not done in time')}${why}. It goes on: npx trivet watch`;
    }
    case 'stopped':
      return `${head}  not watched to its end. It goes on: npx trivet watch`;
  }
}
