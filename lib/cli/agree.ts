/** A person's yes before something is written. Asked on stderr, so that what is piped on stays clean. */
import { createInterface } from 'node:readline/promises';
import { CommandFailure, EXIT } from './failure.ts';

/** Ends the command unless somebody agrees. Where nobody can be asked, `--yes` has to be said. */
export async function agree(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (yes === true) return;
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY || !output.isTTY) {
    throw new CommandFailure(
      'Nothing was written: nobody can be asked here. Say --yes to go on without asking.',
      EXIT.needsPerson,
    );
  }
  const lines = createInterface({ input, output, terminal: true });
  // Ctrl-C and Ctrl-D are a no.
  const ending = new AbortController();
  lines.once('SIGINT', () => ending.abort());
  lines.once('close', () => ending.abort());
  const { signal } = ending;
  const answer = await lines.question(`${question} [y/N] `, { signal }).catch(() => '');
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure('Nothing was written.');
}
