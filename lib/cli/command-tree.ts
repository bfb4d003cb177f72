/** The command line as plain data, for whatever describes it: completion scripts, docs/cli.md. Pure. */
import type { Argument, Command, Option } from 'commander';

export interface CommandNode {
  /** `webhooks register`; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  /** Names of the commands below. */
  readonly children: readonly string[];
  readonly command: Command;
}

/** The program first, then every command in the order of help, each before those below it. */
export function listCommands(program: Command): readonly CommandNode[] {
  return nodesOf(program, '');
}

function nodesOf(command: Command, path: string): readonly CommandNode[] {
  const node: CommandNode = {
    path,
    description: command.description(),
    arguments: command.registeredArguments,
    options: command.options.filter(({ hidden }) => !hidden),
    children: command.commands.map((child) => child.name()),
    command,
  };
  const below = command.commands.flatMap((child) =>
    nodesOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  return [node, ...below];
}

/** What an argument or an option's value may be, when that is a closed list. */
export const choicesOf = ({ argChoices }: Argument | Option): readonly string[] => argChoices ?? [];

/** `--port <n>` takes a value that must be typed; `--json` takes none. */
export const takesValue = (option: Option): boolean => option.required || option.optional;

/** `<file>`, `<dir>` and the like: the shell completes them as paths. */
export const takesPath = (option: Option): boolean => /<[^>]*(file|dir)[^>]*>/.test(option.flags);
