/** Which stack a command talks to: never a guess. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure, EXIT } from '../../lib/cli/failure.ts';
import { choosePlace } from '../../lib/cli/find-target.ts';
import type { TargetOptions } from '../../lib/cli/with-target.ts';
import { endedIdentity, writeRunningFile } from '../support/running-file.ts';

describe('choosing a stack', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trivet-target-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const runSandbox = (control: string): string =>
    writeRunningFile(join(dir, '.trivet/running', `${control.split(':').at(-1)}.json`), {
      control,
    });
  const keepLocal = (isRunning: boolean): string =>
    writeRunningFile(join(dir, '.trivet/local/instance.json'), {
      mode: 'local',
      ...(isRunning ? {} : { process: endedIdentity() }),
    });
  const choose = (options: TargetOptions = {}): ReturnType<typeof choosePlace> =>
    choosePlace(options, dir);
  const failureOf = (options: TargetOptions): { message: string; exitCode: number } => {
    try {
      choose(options);
    } catch (error) {
      if (error instanceof CommandFailure)
        return { message: error.message, exitCode: error.exitCode };
    }
    throw new Error('it did not fail');
  };

  test('the only one on this machine needs no naming', () => {
    runSandbox('http://127.0.0.1:5');
    expect(choose()).toMatchObject({ kind: 'sandbox', stack: { control: 'http://127.0.0.1:5' } });
    rmSync(join(dir, '.trivet'), { recursive: true });
    keepLocal(true);
    expect(choose()).toMatchObject({ kind: 'local', instance: { read: { kind: 'running' } } });
  });

  test('a stopped “trivet local” is chosen too when it is the only one: its state can be read', () => {
    keepLocal(false);
    expect(choose()).toMatchObject({ kind: 'local', instance: { read: { kind: 'ended' } } });
  });

  test('of several, one has to be named, and the message says with which options', () => {
    runSandbox('http://127.0.0.1:5');
    const path = runSandbox('http://127.0.0.1:6');
    keepLocal(false);
    const { message, exitCode } = failureOf({});
    expect(exitCode).toBe(EXIT.noTarget);
    expect(message).toMatch(/--sandbox http:\/\/127.0.0.1:5 /);
    expect(message).toMatch(/--sandbox http:\/\/127.0.0.1:6 /);
    expect(message).toMatch(/--local .trivet\/local {3}\(not running\)/);
    expect(choose({ sandbox: 'http://127.0.0.1:6/' })).toMatchObject({ kind: 'sandbox' });
    expect(choose({ sandbox: path })).toMatchObject({ stack: { control: 'http://127.0.0.1:6' } });
    expect(choose({ local: dir })).toMatchObject({ kind: 'local' });
  });

  test('AWS is chosen by its options alone, whatever runs here', () => {
    runSandbox('http://127.0.0.1:5');
    for (const options of [{ stack: 's' }, { profile: 'p' }, { region: 'r' }]) {
      expect(choose(options)).toEqual({ kind: 'aws' });
    }
    process.env['AWS_PROFILE'] = 'someone';
    expect(choose()).toMatchObject({ kind: 'sandbox' });
    delete process.env['AWS_PROFILE'];
  });

  test.each<[TargetOptions, RegExp, number]>([
    [{}, /Neither a running sandbox nor “trivet local” was found/, EXIT.noTarget],
    [{ sandbox: 'http://127.0.0.1:9' }, /No sandbox with the control API http/, EXIT.noTarget],
    [{ sandbox: 'nowhere.json' }, /There is no nowhere.json/, EXIT.noTarget],
    [{ local: 'nowhere' }, /no “trivet local” in nowhere/, EXIT.noTarget],
    [{ sandbox: 'a', stack: 'b' }, /Name one stack/, EXIT.usage],
    [{ local: 'a', region: 'b' }, /Name one stack/, EXIT.usage],
    [{ config: 'a.ts' }, /--config belongs to --stack/, EXIT.usage],
  ])('%p is refused with what to do instead', (options, message, exitCode) => {
    const failure = failureOf(options);
    expect(failure.message).toMatch(message);
    expect(failure.exitCode).toBe(exitCode);
  });

  test('a file whose sandbox has ended is said to be that', () => {
    const path = writeRunningFile(join(dir, 'old.json'), { process: endedIdentity() });
    expect(failureOf({ sandbox: path }).message).toMatch(/has ended/);
  });
});
