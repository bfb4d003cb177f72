import { CrmUnavailable } from '../../lib/ports/crm.ts';
import { explainFailure, isLostConnection } from '../../lib/crm/failures.ts';
import { judgeFailure } from '../../lib/crm/write-failures.ts';

const target = { host: 'db.example.com', port: 5432, database: 'app', user: 'trivet' };
const failure = (code: string, message = 'said the server') =>
  Object.assign(new Error(message), { code });

describe('failures of the database as a whole', () => {
  test('become one sentence with database, user, remedy and the original words', () => {
    const explained = explainFailure(failure('28P01'), target);
    expect(explained).toBeInstanceOf(CrmUnavailable);
    expect((explained as Error).message).toBe(
      `The CRM's database "app" at db.example.com:5432, user "trivet", refuses the password. ` +
        'Put the right one into the secret. (28P01 said the server)',
    );
  });

  test.each([
    ['28P01', 'halted'],
    ['3D000', 'halted'],
    ['42501', 'halted'],
    ['42P01', 'halted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'halted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'halted'],
    ['57P01', 'retry'],
    ['57P03', 'retry'],
    ['53300', 'retry'],
    ['08006', 'retry'],
    ['25006', 'retry'],
    ['ECONNREFUSED', 'retry'],
    ['ENOTFOUND', 'retry'],
  ])('%s is %s', (code, kind) => {
    expect(explainFailure(failure(code), target)).toMatchObject({ name: 'CrmUnavailable', kind });
  });

  test.each(['Connection terminated unexpectedly', 'Query read timeout'])(
    'the driver says "%s" without a code: retry',
    (message) => {
      expect(explainFailure(new Error(message), target)).toMatchObject({ kind: 'retry' });
      expect(isLostConnection(new Error(message))).toBe(true);
    },
  );

  test.each(['22001', '23505', 'P0001', 'XX000', '42601'])('%s is not one of them', (code) => {
    const error = failure(code);
    expect(explainFailure(error, target)).toBe(error);
    expect(isLostConnection(error)).toBe(false);
  });
});

describe('failures of a row', () => {
  test.each([
    ['40001', 3],
    ['40P01', 3],
    ['55P03', 1],
    ['57014', 1],
  ])('%s leaves the row for later after %d attempts', (code, attemptsMax) => {
    const wrapped = explainFailure(failure(code), target);
    expect(judgeFailure(wrapped)).toEqual({ attemptsMax, outcome: { kind: 'locked' } });
  });

  test.each(['22P02', '23514', 'P0001', '02000'])('%s refuses the row', (sqlstate) => {
    expect(judgeFailure(failure(sqlstate))).toMatchObject({
      outcome: { kind: 'rejected', sqlstate, reason: 'said the server' },
    });
  });

  test.each(['42501', '53300', 'ECONNRESET', 'XX000'])('%s is no matter of rows', (code) => {
    expect(judgeFailure(explainFailure(failure(code), target))).toBeNull();
  });
});
