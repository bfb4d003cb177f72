/** `trivet completion bash|zsh|fish`: prints a script that completes commands and options. */
import { Argument, type Command } from 'commander';
import { EXIT_HELP } from './failure.ts';
import type { Shell } from './completion-script.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  trivet completion bash > ~/.local/share/bash-completion/completions/trivet
  trivet completion zsh > "\${fpath[1]}/_trivet"          then start a new shell
  trivet completion fish > ~/.config/fish/completions/trivet.fish
  source <(npx trivet completion bash)                    for this session, also after “npx trivet”
${EXIT_HELP}`,
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion-script.ts');
      process.stdout.write(completionScript(shell, program));
    });
}
