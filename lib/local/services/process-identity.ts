/**
 * Says whether a process noted down earlier still runs. A number alone proves nothing, because the
 * kernel gives it to another process later; number and start time together do.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's start. */
  readonly startTicks: string;
}

/** Undefined when there is no such process, or when it has ended and only waits to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command name before ")" may itself hold blanks and brackets; what follows is fixed.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return { pid, startTicks };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** The processes whose working directory is this one. */
export function processesIn(dir: string): readonly number[] {
  const wanted = realpathSync(dir);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readLink(`/proc/${name}/cwd`) === wanted)
    .map(Number)
    .filter((pid) => identifyProcess(pid) !== undefined);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
