/** What an audience's own status means for uploads. */
import {
  judgeStatus,
  mayReplace,
  noteUpgrade,
} from '../../../lib/connectors/meta/audience-status.ts';

const CONTEXT = { isWrite: false, adAccount: 'act_42', audience: '238', version: 'v26.0' };

test.each([
  [0, 'ready'],
  [200, 'ready'],
  [410, 'ready'],
  [441, 'ready'],
  [100, 'notice'],
  [411, 'notice'],
  [412, 'notice'],
  [415, 'notice'],
  [450, 'notice'],
  [470, 'notice'],
  [500, 'notice'],
  [414, 'retry'],
  [471, 'halted'],
])('status %i: %s', (code, kind) => {
  expect(judgeStatus(code, CONTEXT)).toMatchObject({ kind });
});

test('a flagged audience is reported with what to do', () => {
  expect(judgeStatus(471, CONTEXT)).toMatchObject({
    reason: expect.stringMatching(/flagged the audience 238.*Rename it.*471/) as string,
  });
});

test('a replace begins only from normal, or to mend one that failed', () => {
  expect([200, 415, 410, 414, 471].map(mayReplace)).toEqual([true, true, false, false, false]);
});

test('an answer by another version than was asked for is told', () => {
  expect(noteUpgrade('v26.0', 'v26.0')).toBeNull();
  expect(noteUpgrade('v26.0', null)).toBeNull();
  expect(noteUpgrade('v24.0', 'v25.0')).toContain('Meta answers v24.0 as v25.0');
});
