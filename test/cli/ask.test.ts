/** Which of several is meant: asked where somebody sits, and never guessed where nobody does. */
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { choose, type Question } from '../../lib/cli/ask.ts';
import type { Asking } from '../../lib/cli/confirm.ts';

const terminal = (
  isTTY = true,
): Asking & { readonly input: PassThrough; readonly said: () => string } => {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  return { input, output, said: () => String(output.read() ?? '') };
};

const question = (recommended: string | null): Question<string> => ({
  text: 'Which table?',
  option: '--table',
  choices: [
    { name: 'contacts', about: '12 columns', value: 'contacts' },
    { name: 'leads', value: 'leads' },
  ],
  recommended,
});

/** Types each line when it is asked for, as a person does. */
async function answered(
  typed: readonly string[],
  recommended: string | null = null,
): Promise<string> {
  const asking = terminal();
  const waiting = [...typed];
  (asking.output as unknown as PassThrough).on('data', (data: Buffer) => {
    if (data.toString().includes('1 to 2')) asking.input.write(waiting.shift() ?? '');
  });
  return choose(question(recommended), {}, asking);
}

test.each([
  [['2\n'], null, 'leads'],
  [['contacts\n'], null, 'contacts'],
  [['\n'], 'leads', 'leads'],
  [['7\n', 'nobody\n', '\n', '1\n'], null, 'contacts'],
])('%j is understood', async (typed, recommended, value) => {
  expect(await answered(typed, recommended)).toBe(value);
});

test('the choices are shown, and which one Enter takes', async () => {
  const asking = terminal();
  const asked = choose(question('leads'), {}, asking);
  asking.input.write('\n');
  await asked;
  const said = stripVTControlCharacters(asking.said());
  expect(said).toContain('Which table?\n  1  contacts  12 columns\n  2  leads\n');
  expect(said).toContain('1 to 2 [2]: ');
});

test.each(['\u0003', '\u0004'])('Ctrl-C and Ctrl-D end it', async (typed) => {
  await expect(answered([typed])).rejects.toMatchObject({ message: 'Nothing was written.' });
});

test('one choice is no question, and --yes takes what is recommended', async () => {
  const [only] = question(null).choices;
  const one = { ...question(null), choices: only === undefined ? [] : [only] };
  expect(await choose(one, {}, terminal(false))).toBe('contacts');
  expect(await choose(question('leads'), { yes: true }, terminal(false))).toBe('leads');
});

test.each([
  [
    { yes: true },
    null,
    'Which table? contacts, leads: nothing speaks for one of them. Say --table.',
  ],
  [{}, null, 'Which table? contacts, leads: nobody can be asked here. Say --table.'],
  [
    {},
    'leads',
    'Which table? contacts, leads: nobody can be asked here. Say --table, or --yes to take what is recommended.',
  ],
])('nothing is guessed: %j', async (options, recommended, message) => {
  const asked = choose(question(recommended), options, terminal(false));
  await expect(asked).rejects.toMatchObject({ exitCode: 4, message });
});
