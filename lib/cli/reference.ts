/** docs/cli.md from the command tree: what `--help` says, command by command. Pure; the page is never edited by hand. */
import type { Command } from 'commander';
import { listCommands, type CommandNode } from './command-tree.ts';
import { EXIT, EXIT_MEANINGS } from './failure.ts';

const WIDTH = 100;

export function writeReference(program: Command): string {
  const nodes = listCommands(program).filter(({ path }) => path !== '');
  return [
    '# The command line',
    '<!-- Written by `npm run docs:cli` from the commands themselves. Do not edit. -->',
    `\`npx trivet <command>\`. Every command has \`--help\`, which is what stands here, and \`--json\`, which prints one JSON
document (or, where a command goes on, one per line) that begins with \`mode\`, \`target\` and \`dry\`: which stack answered, and
which of its syncs only look.`,
    '## Which stack',
    CHOICE,
    '## Exit codes',
    exitTable(),
    '## Commands',
    contents(nodes),
    ...nodes.flatMap((node) => [`### trivet ${node.path}`, `\`\`\`text\n${helpOf(node)}\n\`\`\``]),
    '',
  ].join('\n\n');
}

const CHOICE = `Without an option a command talks to the one stack it finds on this machine, in the working directory or above: a
running sandbox, or \`trivet local\`, also one that was stopped. When there are several it says how to name one and does
nothing. AWS is never chosen by itself: \`--stack\`, \`--profile\` or \`--region\` choose it, and the SDK finds the credentials
as it always does. A command that reads the CRM's database (\`explain\`, \`conflicts\`, \`resolve\`) must be able to reach it.`;

function exitTable(): string {
  const rows = Object.entries(EXIT).map(([name, code]) => {
    const meaning = EXIT_MEANINGS[name as keyof typeof EXIT];
    return `| ${code} | ${meaning} |`;
  });
  return ['| code | meaning |', '| ---- | ------- |', ...rows].join('\n');
}

function contents(nodes: readonly CommandNode[]): string {
  const rows = nodes.map(({ path, description }) => {
    const anchor = `trivet-${path.replaceAll(' ', '-')}`;
    return `| [\`${path}\`](#${anchor}) | ${description} |`;
  });
  return ['| command | what |', '| ------- | ---- |', ...rows].join('\n');
}

/** As printed where nobody sees colours, at one width everywhere. */
function helpOf({ command }: CommandNode): string {
  let text = '';
  command.configureOutput({
    writeOut: (more) => {
      text += more;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}
