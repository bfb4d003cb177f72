/** What stands in a log of an error: enough to find the trouble, and nothing that belongs to somebody. */
import { createLog } from '../../functions/log.ts';
import { showError } from '../../functions/shown-error.ts';

/** What is written to a log, as text. */
function logged(details: Readonly<Record<string, unknown>>): string {
  const lines: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    }),
  );
  process.env['POWERTOOLS_METRICS_NAMESPACE'] = 'Trivet';
  createLog().ofSync('contacts-news').error('a group goes back', details);
  for (const spy of spies) spy.mockRestore();
  return lines.join('');
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** As the driver gives it. */
const refusedByPostgres = (more: object = {}): Error =>
  Object.assign(new Error('invalid input syntax for type date: "ann said "soon""'), {
    name: 'error',
    severity: 'ERROR',
    code: '22007',
    detail: 'Key (email)=(ann@example.test) already exists.',
    where: 'unnamed portal parameter $1 = ann@example.test',
    table: 'contacts',
    ...more,
  });

describe('an error in the log', () => {
  test('of Postgres keeps its code and its table, and nothing of the row', () => {
    const text = logged({ error: refusedByPostgres() });
    for (const kept of ['22007', 'contacts', 'invalid input syntax for type date', 'log.test.ts'])
      expect(text).toContain(kept);
    expect(text).not.toMatch(/ann|soon/);
  });

  test('that another one caused is shown with it, as sparingly', () => {
    const error = new Error('the page failed', { cause: refusedByPostgres() });
    const text = logged({ group: 'contacts-news', error });
    expect(text).toContain('the page failed');
    expect(text).toContain('22007');
    expect(text).not.toMatch(/ann|soon/);
  });

  test('of an address that cannot be read is without the address', () => {
    const error = thrownBy(() => new URL('postgres://trivet:s3cr3t@ host/crm'));
    expect(Object.values(error as object).join()).toContain('s3cr3t');
    const text = logged({ error });
    expect(text).toContain('Invalid URL');
    expect(text).not.toContain('s3cr3t');
  });

  test('of a text that is no JSON is without the text', () => {
    const error = thrownBy(() => JSON.parse('s3cr3t') as unknown);
    expect(String(error)).toContain('s3cr3t');
    expect(logged({ error })).toContain('SyntaxError');
    expect(logged({ error })).not.toContain('s3cr3t');
  });

  test('ends where causes go round in a circle, and what is no error is not shown at all', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(showError(error)).match(/round/g)).toHaveLength(5);
    expect(showError('ann@example.test')).toBe('string');
  });
});
