/** What stands between a command and AWS, as a sentence: here what no local endpoint can show. */
import { explainAws } from '../../lib/cli/aws-failure.ts';
import { CommandFailure, EXIT } from '../../lib/cli/failure.ts';
import { CrmUnavailable } from '../../lib/ports/crm.ts';

const NAME = '123456789012 eu-central-1 trivet-main';
const placed = (kind: 'public' | 'vpc') => ({ name: NAME, config: { crm: { network: { kind } } } });
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

function failureOf(error: Error, kind: 'public' | 'vpc' = 'public'): [text: string, code: number] {
  const explained = explainAws(error, placed(kind));
  if (explained instanceof CommandFailure) return [explained.message, explained.exitCode];
  throw new Error('it was not explained');
}

describe('explaining AWS', () => {
  test('a database in a VPC cannot be reached from outside, and that is said', () => {
    const silent = new CrmUnavailable('The CRM’s database … does not answer in time.', 'retry');
    const [text, code] = failureOf(silent, 'vpc');
    expect(code).toBe(EXIT.noTarget);
    expect(text).toMatch(
      /lies in a VPC and cannot be reached from here. Run it inside that network/,
    );
    // Anywhere else its own sentence says it best.
    expect(explainAws(silent, placed('public'))).toBe(silent);
  });

  test.each([
    ['UnrecognizedClientException', /credentials are not known. Log in/, EXIT.noTarget],
    ['ExpiredTokenException', /credentials have expired. Log in/, EXIT.noTarget],
    ['SignatureDoesNotMatch', /secret key is wrong, or this machine’s clock is/, EXIT.noTarget],
    ['AccessDeniedException', /may not do this/, EXIT.failed],
    ['ResourceNotFoundException', /Is the stack still there/, EXIT.noTarget],
  ])('%s is told with the remedy', (name, text, code) => {
    const [told, exitCode] = failureOf(named(name, 'said AWS'));
    expect(told).toMatch(text);
    expect(told).toContain('said AWS');
    expect(exitCode).toBe(code);
  });

  test('what is not AWS’s is passed on as it is', () => {
    const bug = named('TypeError', 'undefined is not a function');
    expect(explainAws(bug, placed('vpc'))).toBe(bug);
    const ours = new CommandFailure('There is no sync.');
    expect(explainAws(ours, placed('vpc'))).toBe(ours);
  });
});
