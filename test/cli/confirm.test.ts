import { PassThrough } from 'node:stream';
import { confirm, type Asking } from '../../lib/cli/confirm.ts';

const terminal = (
  isTTY = true,
): Asking & { readonly input: PassThrough; readonly said: () => string } => {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  return { input, output, said: () => String(output.read() ?? '') };
};

describe('asking before something is changed', () => {
  test.each(['y', 'Y', 'yes', ' yes '])('“%s” is a yes', async (answer) => {
    const asking = terminal();
    const asked = confirm('Change the database?', {}, asking);
    asking.input.write(`${answer}\n`);
    await asked;
    expect(asking.said()).toContain('Change the database? [y/N] ');
  });

  test.each(['', 'n', 'yep', 'no'])(
    '“%s” is a no, and says that nothing was changed',
    async (answer) => {
      const asking = terminal();
      const asked = confirm('Change the database?', {}, asking);
      asking.input.write(`${answer}\n`);
      await expect(asked).rejects.toMatchObject({ message: 'Nothing was changed.', exitCode: 1 });
    },
  );

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s is a no', async (_name, typed) => {
    const asking = terminal();
    const asked = confirm('Change the database?', {}, asking);
    asking.input.write(typed);
    await expect(asked).rejects.toMatchObject({ message: 'Nothing was changed.' });
  });

  test('where nobody can be asked it is refused, with what to say instead', async () => {
    await expect(confirm('Sure?', {}, terminal(false))).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/--yes .* --print/) as string,
    });
  });

  test('--yes asks nobody', async () => {
    const asking = terminal(false);
    await confirm('Sure?', { yes: true }, asking);
    expect(asking.said()).toBe('');
  });
});
