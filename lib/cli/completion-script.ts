/**
 * Completion scripts, written from the command tree. They are complete in themselves: pressing Tab starts no
 * program, so it is as quick as a shell can be. Pure.
 */
import type { Command, Option } from 'commander';
import {
  choicesOf,
  listCommands,
  takesPath,
  takesValue,
  type CommandNode,
} from './command-tree.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

export function completionScript(shell: Shell, program: Command): string {
  const nodes = listCommands(program);
  const writers = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return writers[shell](nodes);
}

const HELP_FLAG = '--help';

const flagsOf = (options: readonly Option[]): readonly string[] => [
  ...options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
  HELP_FLAG,
];

/** Commands below, choices of the first argument, and options: what may stand after this command. */
const wordsOf = (node: CommandNode): readonly string[] => [
  ...node.children,
  ...node.arguments.slice(0, 1).flatMap(choicesOf),
  ...flagsOf(node.options),
];

/** Long options of any command whose value is a path; those whose value is something else. */
function valueFlags(nodes: readonly CommandNode[]): {
  readonly paths: readonly string[];
  readonly others: readonly string[];
} {
  const withValue = nodes.flatMap(({ options }) => options.filter(takesValue));
  const names = (some: readonly Option[]): readonly string[] => [
    ...new Set(some.flatMap(({ long }) => long ?? [])),
  ];
  return {
    paths: names(withValue.filter(takesPath)),
    others: names(withValue.filter((option) => !takesPath(option))),
  };
}

/** `npx trivet …` completes too: the words after the program's name are what counts. */
function bashScript(nodes: readonly CommandNode[]): string {
  const { paths, others } = valueFlags(nodes);
  const cases = nodes.map(
    ({ path, ...node }) => `    '${path}') words='${wordsOf({ path, ...node }).join(' ')}' ;;`,
  );
  const names = nodes.flatMap(({ path }) => (path === '' ? [] : [path]));
  return `# trivet: completion for bash, written by "trivet completion bash"
_trivet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=1 path='' word words=''
  COMPREPLY=()
  [[ \${COMP_WORDS[0]} == npx ]] && at=2
  case $prev in
    ${paths.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${others.join('|')}) return ;;
  esac
  for word in "\${COMP_WORDS[@]:at:COMP_CWORD-at}"; do
    case "\${path:+$path }$word" in
      ${names.map((name) => `'${name}'`).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
_trivet_npx() {
  [[ $COMP_CWORD -ge 2 && \${COMP_WORDS[1]} == trivet ]] && _trivet
}
complete -F _trivet trivet
complete -o default -F _trivet_npx npx
`;
}

/** zsh shows a description beside each word. */
function zshScript(nodes: readonly CommandNode[]): string {
  const { paths, others } = valueFlags(nodes);
  const cases = nodes.map((node) => {
    const words = [...childItems(node, nodes), ...choiceItems(node)].map(zshQuote);
    const options = optionItems(node).map(zshQuote);
    return `    ('${node.path}') items=(${words.join(' ')}) options=(${options.join(' ')}) ;;`;
  });
  const names = nodes.flatMap(({ path }) => (path === '' ? [] : [path]));
  return `#compdef trivet
# trivet: completion for zsh, written by "trivet completion zsh"
_trivet() {
  local prev=\${words[CURRENT-1]} command_path='' word
  local -a items options
  case $prev in
    (${paths.join('|')}) _files; return ;;
    (${others.join('|')}) return ;;
  esac
  for word in \${words[2,CURRENT-1]}; do
    case "\${command_path:+$command_path }$word" in
      (${names.map((name) => `'${name}'`).join('|')}) command_path="\${command_path:+$command_path }$word" ;;
    esac
  done
  case $command_path in
${cases.join('\n')}
  esac
  _describe 'command' items
  _describe -o 'option' options
}
if [ "$funcstack[1]" = _trivet ]; then _trivet "$@"; else compdef _trivet trivet; fi
`;
}

const childItems = (
  { children, path }: CommandNode,
  nodes: readonly CommandNode[],
): readonly string[] =>
  children.map((name) => {
    const full = path === '' ? name : `${path} ${name}`;
    return `${name}:${nodes.find((node) => node.path === full)?.description ?? ''}`;
  });

const choiceItems = (node: CommandNode): readonly string[] =>
  node.arguments.slice(0, 1).flatMap(choicesOf);

const optionItems = ({ options }: CommandNode): readonly string[] => [
  ...options.map(({ long, description }) => `${long ?? ''}:${description}`),
  `${HELP_FLAG}:options and examples`,
];

const zshQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** fish asks each line's condition, so a command's words are offered where it is the one being typed. */
function fishScript(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap((node) => {
    const here = `-n ${fishQuote(conditionOf(node))}`;
    const children = childItems(node, nodes).map((item) => {
      const [name = '', ...description] = item.split(':');
      return `complete -c trivet ${here} -f -a ${name} -d ${fishQuote(description.join(':'))}`;
    });
    const choices = choiceItems(node).map((word) => `complete -c trivet ${here} -f -a ${word}`);
    const options = node.options.map((option) => {
      const { long = '', description } = option;
      const value = takesValue(option) ? (takesPath(option) ? ' -r -F' : ' -x') : '';
      return `complete -c trivet ${here} -l ${long.replace(/^--/, '')}${value} -d ${fishQuote(description)}`;
    });
    return [...children, ...choices, ...options];
  });
  return `# trivet: completion for fish, written by "trivet completion fish"
complete -c trivet -f
complete -c trivet -l help -d 'options and examples'
${lines.join('\n')}
`;
}

/** All words of its path were typed, and none that leads further down. */
function conditionOf({ path, children }: CommandNode): string {
  if (path === '') return '__fish_use_subcommand';
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  const below =
    children.length === 0 ? [] : [`not __fish_seen_subcommand_from ${children.join(' ')}`];
  return [...seen, ...below].join('; and ');
}

const fishQuote = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
