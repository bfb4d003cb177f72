import { parseProjection } from '../../lib/local/mailchimp/projection.ts';
import type { Projection } from '../../lib/local/mailchimp/projection.ts';

const known = ['members', 'total_items', 'members.id', 'members.merge_fields'];
const body = {
  members: [
    { id: '1', merge_fields: { FNAME: 'Ada', LNAME: 'L' } },
    { id: '2', merge_fields: {} },
  ],
  total_items: 2,
};

function project(query: string): Projection {
  const parsed = parseProjection(new URLSearchParams(query), known);
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return parsed.value;
}

describe('a projection', () => {
  test('without a wish is the whole answer', () => {
    expect(project('').apply(body)).toBe(body);
  });

  test('keeps named paths through lists', () => {
    expect(project('fields=members.merge_fields.FNAME').apply(body)).toEqual({
      members: [{ merge_fields: { FNAME: 'Ada' } }, { merge_fields: {} }],
    });
  });

  test('keeps all of what is named as a whole, whatever else is named within', () => {
    const whole = { members: body.members };
    expect(project('fields=members.id,members').apply(body)).toEqual(whole);
    expect(project('fields=members,members.id').apply(body)).toEqual(whole);
  });

  test('drops named paths and leaves the answer it was given alone', () => {
    const before = structuredClone(body);
    expect(project('exclude_fields=members.merge_fields,total_items').apply(body)).toEqual({
      members: [{ id: '1' }, { id: '2' }],
    });
    expect(body).toEqual(before);
  });

  test('refuses to keep what cannot be there, but trusts what lies deeper', () => {
    const isTaken = (fields: string) => parseProjection(new URLSearchParams({ fields }), known).ok;
    expect(isTaken('members.nonsense')).toBe(false);
    expect(isTaken('nonsense')).toBe(false);
    expect(isTaken('members.merge_fields.ANY')).toBe(true);
    expect(isTaken('total_items.deeper')).toBe(true);
  });

  test('knows what is wanted before it is made', () => {
    expect(project('fields=members.merge_fields.FNAME').wants('members.merge_fields')).toBe(true);
    expect(project('fields=members.id').wants('members.merge_fields')).toBe(false);
    expect(project('exclude_fields=members').wants('members.id')).toBe(false);
    expect(project('exclude_fields=members.id').wants('members')).toBe(true);
  });
});
