/** Starts the stack of a `trivet local` that was stopped, for as long as one command needs somebody to do the work. */
import { loadUserConfig } from '../config/user-config.ts';
import { startInstance } from '../local/instance/instance.ts';
import { instanceFile } from '../local/instance/state-dir.ts';
import { readStack, type RunningStack } from '../local/running-stack.ts';
import { tellLine } from './print/log-line.ts';

export async function startForCommand(
  stack: RunningStack,
  dataDir: string,
): Promise<{ readonly running: RunningStack; readonly stop: () => Promise<void> }> {
  const { path: configPath, config } = await loadUserConfig(stack.configPath);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  say(`“trivet local” is not running in ${dataDir}: started for this command`);
  const instance = await startInstance({
    configPath,
    config,
    dataDir,
    holder: 'a trivet command',
    port: Number(new URL(stack.outputs['Endpoint'] ?? '').port),
    publicUrl: stack.endpoint,
    // Those of its last start are kept with its state.
    secretValues: {},
    doorbellKey: null,
    signal: new AbortController().signal,
    onStep: () => undefined,
    onLog: (log) => {
      const told = tellLine(log);
      if (told !== null) say(told);
    },
  });
  const read = readStack(instanceFile(dataDir));
  if (read.kind === 'running') return { running: read.stack, stop: () => instance.stop() };
  await instance.stop();
  throw new Error(
    `${instanceFile(dataDir)} does not describe what was just started (${read.kind}).`,
  );
}
