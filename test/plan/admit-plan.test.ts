/** Which plan may be carried out where, and the sentence for each that may not. */
import { NO_RETIREMENT } from '../../lib/engine/retirement.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { whyNotAdmitted, type PlanPlace } from '../../lib/plan/admit-plan.ts';
import type { PlanHead } from '../../lib/plan/plan-file.ts';
import { HEALTHY, type Checkpoint } from '../../lib/ports/state.ts';
import { COMPANY, sampleSync } from '../support/flow-world/sample-sync.ts';

const sync = sampleSync();
const map = mapOf(sync.spec, sync.functions);
const NOW = Date.parse('2025-03-01T10:00:00Z');
const DAY_MS = 86_400_000;
const target = { mode: 'aws', name: '1234 eu-west-1 trivet-main' };
const ends = { crm: '1/public.contacts', app: 'audience-1' };

const head: PlanHead = {
  id: 'plan',
  target,
  sync: 'contacts-news',
  ends,
  code: mapCode(map),
  madeAt: NOW - DAY_MS,
};
const place: PlanPlace = { target, sync, ends, checkpoint: null, health: HEALTHY, now: NOW };

const checkpoint = {
  version: 1,
  ends,
  map,
  retirement: NO_RETIREMENT,
} as unknown as Checkpoint;

test('its own stack, ends, map and time admit it, before the first round and after', () => {
  expect(whyNotAdmitted(head, place)).toBeNull();
  expect(whyNotAdmitted(head, { ...place, checkpoint })).toBeNull();
});

test('a sandbox is known by its ends alone, for its address changes with each start', () => {
  const ofSandbox = { ...head, target: { mode: 'sandbox', name: 'http://127.0.0.1:1' } };
  const now = { ...place, target: { mode: 'sandbox', name: 'http://127.0.0.1:2' } };
  expect(whyNotAdmitted(ofSandbox, now)).toBeNull();
});

test.each<[string, Partial<PlanHead>, Partial<PlanPlace>, RegExp]>([
  ['another stack', { target: { ...target, name: 'other' } }, {}, /made for aws other/],
  ['another app object', { ends: { ...ends, app: 'b' } }, {}, /object was “b” .* npx trivet plan/],
  ['another table', { ends: { ...ends, crm: 'b' } }, {}, /table was “b” when this plan/],
  ['another map', { code: 'zzzzzz' }, {}, /another map \(zzzzzz\) than the one deployed/],
  ['too old', { madeAt: NOW - 8 * DAY_MS }, {}, /is 8 days old/],
  [
    'paused',
    {},
    { health: { ...HEALTHY, paused: { since: 1, by: 'ann', reason: null } } },
    /paused by ann.*npx trivet resume contacts-news/,
  ],
  [
    'halted',
    {},
    { health: { ...HEALTHY, halted: { since: 1, reason: 'the key was revoked' } } },
    /halted: the key was revoked/,
  ],
  ['told by a ledger', {}, { hasLedger: true }, /news shows nobody.*npx trivet sync/],
  ['only looking', {}, { sync: sampleSync({ write: false }) }, /only looks/],
])('%s: refused with the remedy', (_what, otherHead, otherPlace, expected) => {
  expect(whyNotAdmitted({ ...head, ...otherHead }, { ...place, ...otherPlace })).toMatch(expected);
});

test('a map that was planned and not accepted yet is to be accepted first', () => {
  const changed = sampleSync({ fields: { company: COMPANY } });
  const code = mapCode(mapOf(changed.spec, changed.functions));
  expect(whyNotAdmitted({ ...head, code }, { ...place, sync: changed, checkpoint })).toMatch(
    new RegExp(`company .* added\\. Accept this one first: .*--accept ${code}`),
  );
});
