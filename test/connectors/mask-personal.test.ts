/** What vendors repeat of ours in their reasons, and what may stay. */
import { maskPersonal } from '../../lib/connectors/mask-personal.ts';

test('no address, number, hash or token stays in a reason', () => {
  const hash = 'f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79';
  const text = `row mary@example.com, +1 (555) 987-6543, ${hash}, EAABsbCS1iHgBAZCZCZC1234567890`;
  expect(maskPersonal(text)).toBe('row …, …, …, …');
});

test.each(['(#100) Data is missing', 'Phone number is not in e164 format.', 'limit 100 of 1,200'])(
  '"%s" stays as it is',
  (text) => {
    expect(maskPersonal(text)).toBe(text);
  },
);
