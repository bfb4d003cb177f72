/** What needs no run: format, lint and types of the whole tree, by the same commands as `npm run check`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What the tool printed when it found something; nothing when it is content. */
async function complaintsOf(script: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', script], { cwd: ROOT }, (error, stdout, stderr) => {
      if (error === null) resolve('');
      else resolve(`${error.message}\n${stdout}${stderr}`);
    });
  });
}

describe('the tree', () => {
  test.each([
    ['is formatted', 'format:check'],
    ['is free of what lint finds', 'lint'],
    ['has sound types', 'types'],
  ])('%s', async (_is, script) => {
    expect(await complaintsOf(script)).toBe('');
  });
});
