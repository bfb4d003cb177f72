import {
  hashSubject,
  isGenuine,
  partOf,
  signReceipt,
  type Receipt,
} from '../../lib/cli/erase-receipt.ts';
import type { RemoteId } from '../../lib/engine/model.ts';

const SECRET = 'a-secret-of-the-installation';

const receipt: Receipt = {
  kind: 'trivet erasure',
  version: 1,
  target: 'sandbox http://127.0.0.1:1',
  subject: hashSubject(SECRET, 'ann@crm.test'),
  by: 'ann',
  orderedAt: '2025-03-01T10:00:00.000Z',
  isComplete: true,
  parts: [
    partOf('contacts-news', 'news', {
      id: 'order-1',
      by: 'ann',
      at: 0,
      key: null,
      remoteId: 'm1' as RemoteId,
      match: 'ann@crm.test',
      crmRow: false,
      steps: { app: { state: 'removed', at: 5 } },
      problem: null,
      doneAt: 6,
    }),
  ],
  outOfReach: ['backups'],
};

describe('a receipt', () => {
  const signed = signReceipt(SECRET, receipt);
  const text = JSON.stringify(signed, null, 2);

  test('is told from one that was changed, and from one of another installation', () => {
    expect(isGenuine(SECRET, text)).toBe(true);
    expect(isGenuine('another-installation', text)).toBe(false);
    expect(isGenuine(SECRET, text.replace('removed', 'absent'))).toBe(false);
    expect(isGenuine(SECRET, text.replace('"by": "ann"', '"by": "bob"'))).toBe(false);
    const { signature: _none, ...unsigned } = signed;
    expect(isGenuine(SECRET, JSON.stringify(unsigned))).toBe(false);
    expect(isGenuine(SECRET, JSON.stringify({ ...signed, signature: 1 }))).toBe(false);
  });

  test('any other text is none', () => {
    for (const other of ['', 'x', 'null', '[]', '{}', '{"signature":""}'])
      expect([other, isGenuine(SECRET, other)]).toEqual([other, false]);
  });

  test('names nobody: neither address nor id is in it, and the hash is keyed', () => {
    expect(text).not.toMatch(/ann@|m1/);
    expect(hashSubject(SECRET, ' Ann@CRM.test ')).toBe(receipt.subject);
    expect(hashSubject('another-installation', 'ann@crm.test')).not.toBe(receipt.subject);
  });
});
