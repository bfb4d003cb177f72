/** Ctrl-C and its relatives: the first asks to stop, a later one insists. */

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 1_000;
const PARENT_LOOK_MS = 500;

/** Aborted at the first SIGINT, SIGTERM or SIGHUP; a later one ends the process at once. */
export function stopAtSignal(onFirst: () => void = () => undefined): AbortController {
  const stopping = new AbortController();
  let firstAt = 0;
  const stop = (): void => {
    if (stopping.signal.aborted) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstAt = performance.now();
    onFirst();
    stopping.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  if (isStartedByNpm()) watchParent(stop);
  return stopping;
}

/** npm names the script it runs; npx does the same. */
const isStartedByNpm = (): boolean => process.env['npm_lifecycle_event'] !== undefined;

/** npm runs scripts in a shell and passes signals to that shell alone, which dies of them and tells nobody. */
function watchParent(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_LOOK_MS);
  watch.unref();
}

export const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener('abort', () => settle(), { once: true });
  });

/** Waits so long, or until there is no more reason to. */
export const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
