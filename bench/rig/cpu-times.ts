/** Processor time of this process and all it started, by what they are: shows who limits the rest. Linux only, as the sandbox. */
import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly parent: number;
  readonly milliseconds: number;
  readonly name: string;
}

/** Milliseconds so far, by name. Processes that have ended are not among them. */
export function readCpuTimes(): ReadonlyMap<string, number> {
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const found = readProcess(Number(pid));
        return found === null ? [] : [[Number(pid), found] as const];
      }),
  );
  const times = new Map<string, number>();
  for (const [pid, { name, milliseconds }] of all) {
    if (isOurs(all, pid)) times.set(name, (times.get(name) ?? 0) + milliseconds);
  }
  return times;
}

/** What was added since, largest first. */
export function cpuTimesSince(before: ReadonlyMap<string, number>): readonly [string, number][] {
  return [...readCpuTimes()]
    .map(([name, now]): [string, number] => [name, now - (before.get(name) ?? 0)])
    .filter(([, spent]) => spent > 0)
    .sort(([, a], [, b]) => b - a);
}

function isOurs(all: ReadonlyMap<number, Process>, pid: number): boolean {
  for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) if (at === process.pid) return true;
  return false;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; times are in hundredths of a second. */
function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
    const milliseconds = ((user ?? 0) + (system ?? 0)) * 10;
    return { parent: parent ?? 0, milliseconds, name: nameOf(pid) };
  } catch {
    // It ended while we looked.
    return null;
  }
}

function nameOf(pid: number): string {
  if (pid === process.pid) return 'the runtime and SQS, in the process of the bench';
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  if (command.includes('dynoxide')) return 'DynamoDB (dynoxide)';
  if (command.includes('mailchimp/serve')) return 'the simulated Mailchimp';
  if (command.includes('postgres')) return 'Postgres';
  if (!command.includes('lambda-bootstrap')) return 'others';
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
  const name = /AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(environment)?.[1]?.toLowerCase() ?? '';
  return `function ${['apply', 'pull', 'webhook'].find((each) => name.includes(each)) ?? name}`;
}
