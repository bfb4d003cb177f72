/**
 * Says whether a process noted down earlier still runs. A number alone proves nothing, because the
 * kernel gives it to another process later. Number and start time together do, within one run of the
 * machine: after a reboot both may come again, so the kernel's name for this run belongs to it.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's start. */
  readonly startTicks: string;
  /** Which run of the machine those ticks count in. */
  readonly bootId: string;
}

/** Undefined when there is no such process, or when it has ended and only waits to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command name before ")" may itself hold blanks and brackets; what follows is fixed.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return { pid, startTicks, bootId: readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '' };
}

export function isRunning({ pid, startTicks, bootId }: ProcessIdentity): boolean {
  const found = identifyProcess(pid);
  return found?.startTicks === startTicks && found.bootId === bootId;
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
