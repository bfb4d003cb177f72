/** What an address and a version tell without a server. */
import { tlsFindings, versionFindings } from '../../lib/crm/examine-server.ts';

describe('the way to the database', () => {
  test.each([
    ['postgres://u:p@db.test/crm', []],
    ['postgres://u:p@127.0.0.1/crm?sslmode=disable', []],
    ['postgres://u:p@localhost/crm?sslmode=disable', []],
    ['postgres://u:p@[::1]/crm?sslmode=disable', []],
    ['postgres://u:p@db.test/crm?sslmode=verify-full', []],
    ['postgres://u:p@db.test/crm?sslmode=disable', ['warning crm.tls db.test']],
    ['postgres://u:p@db.test/crm?sslmode=no-verify', ['warning crm.tls db.test']],
  ])('%s', (url, expected) => {
    const told = tlsFindings(url);
    expect(told.map(({ severity, code, where }) => `${severity} ${code} ${where}`)).toEqual(
      expected,
    );
    expect(JSON.stringify(told)).not.toContain('u:p');
  });
});

describe('the version', () => {
  test.each([
    [120_022, ['error']],
    [130_000, []],
    [150_018, []],
    [180_004, []],
    [190_000, ['note']],
  ])('%i', (version, expected) => {
    expect(versionFindings(version).map(({ severity }) => severity)).toEqual(expected);
  });
});
