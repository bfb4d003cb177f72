/** The CRM's address: what cannot be read is said without showing it, for it holds a password. */
import { createConnection } from '../../lib/crm/connect.ts';
import { CrmUnavailable } from '../../lib/ports/crm.ts';

const attempt = (url: string): unknown => {
  try {
    return createConnection({ url }).target;
  } catch (error) {
    return error;
  }
};

describe('an address', () => {
  test('may hold anything that is written as %XX', () => {
    expect(attempt('postgres://tr%40ivet:s3%25cr%2F@db.test/my%20crm')).toEqual({
      host: 'db.test',
      port: 5432,
      database: 'my crm',
      user: 'tr@ivet',
    });
  });

  test.each([
    ['is no address', 'trivet s3cr3t'],
    ['has a blank in its host', 'postgres://trivet:s3cr3t@ db.test/crm'],
    ['has a port that is none', 'postgres://trivet:s3cr3t@db.test:port/crm'],
    ['has a password with a bare %', 'postgres://trivet:s3cr3t%@db.test/crm'],
  ])('that %s is refused with a remedy, and nothing of it is told', (_, url) => {
    const error = attempt(url);
    expect(error).toBeInstanceOf(CrmUnavailable);
    expect(error).toMatchObject({ kind: 'halted' });
    expect((error as Error).message).toContain('postgres://user:password@host:port/database');
    const { message, stack, ...rest } = error as Error & Record<string, unknown>;
    expect([message, stack, JSON.stringify(rest), error].join()).not.toContain('s3cr3t');
  });
});
