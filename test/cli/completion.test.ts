/** Completion: what a shell offers. bash is asked itself; zsh and fish are where they are installed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionScript, type Shell } from '../../lib/cli/completion-script.ts';
import { createProgram } from '../../lib/cli/main.ts';

const program = createProgram();
let dir: string;
const fileOf = (shell: Shell): string => join(dir, `trivet.${shell}`);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-completion-'));
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    writeFileSync(fileOf(shell), completionScript(shell, program));
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const isInstalled = (shell: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${shell}`]);
    return true;
  } catch {
    return false;
  }
};

/** What bash offers for the last of these words. */
function offered(words: readonly string[], entry = '_trivet'): readonly string[] {
  const script = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
    ${entry}
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script, 'bash', fileOf('bash'), ...words], {
    cwd: dir,
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  test('offers every command, and those below one', () => {
    const names = program.commands.map((command) => command.name());
    expect(names.length).toBeGreaterThan(9);
    expect(offered(['trivet', ''])).toEqual(expect.arrayContaining(names));
    expect(offered(['trivet', 'st'])).toEqual(['status']);
    expect(offered(['trivet', 'webhooks', 're'])).toEqual(['register', 'remove']);
    expect(offered(['trivet', 'completion', ''])).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  test('offers the options of the command that is typed, whatever stands between', () => {
    expect(offered(['trivet', 'sync', 'contacts-news', '--on'])).toEqual(['--once']);
    expect(offered(['trivet', 'webhooks', 'register', 'news', '--pub'])).toEqual(['--public-url']);
    expect(offered(['trivet', 'status', '--on'])).toEqual([]);
    expect(offered(['trivet', '--stack', 'main', 'status', '--js'])).toEqual(['--json']);
  });

  test('offers files where a path is wanted, and nothing where only the user can know', () => {
    expect(offered(['trivet', 'local', '--config', 'trivet.b'])).toEqual(['trivet.bash']);
    expect(offered(['trivet', 'status', '--stack', ''])).toEqual([]);
  });

  test('works after npx, and leaves npx alone otherwise', () => {
    expect(offered(['npx', 'trivet', 'wat'], '_trivet_npx || true')).toEqual(['watch']);
    expect(offered(['npx', 'jest', 'wat'], '_trivet_npx || true')).toEqual([]);
  });
});

/** It is read, not run. */
const expectNoComplaint = (shell: Shell): void =>
  expect(execFileSync(shell, ['-n', fileOf(shell)], { encoding: 'utf8' })).toBe('');

describe.each(['zsh', 'fish'] as const)('%s', (shell) => {
  const testIf = isInstalled(shell) ? test : test.skip;
  if (!isInstalled(shell)) console.info(`${shell} is not installed: its script is not evaluated`);

  testIf('takes the script without a complaint', () => expectNoComplaint(shell));

  test('is told every command and every option of each', () => {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long = '' } of command.options)
        expect(script).toContain(long.replace(/^--/, ''));
    }
  });
});
