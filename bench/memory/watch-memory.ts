/** The most memory that processes of each function ever held, as the kernel remembers it. */
import { readFileSync } from 'node:fs';
import type { Runtime } from '../../lib/local/runtime/runtime.ts';

export interface MemoryWatch {
  /** Peak resident megabytes by function name. */
  peaks(): ReadonlyMap<string, number>;
  stop(): void;
}

const LOOK_MS = 100;

/** Looks at whoever runs; a peak between two looks is not missed, for the kernel keeps the highest. */
export function watchMemory(runtime: Runtime): MemoryWatch {
  const peaks = new Map<string, number>();
  const look = (): void => {
    for (const { functionName, pid } of runtime.inFlight()) {
      peaks.set(functionName, Math.max(peaks.get(functionName) ?? 0, readPeakMb(pid)));
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return { peaks: () => peaks, stop: () => clearInterval(timer) };
}

/** Zero when the process is gone. */
export function readPeakMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
