/** What is written to the terminal while something runs. */

type Write = typeof process.stdout.write;

export async function overhear<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly heard: readonly string[] }> {
  const heard: string[] = [];
  const undo = [
    ...[process.stdout, process.stderr].map((stream) => listen(stream, heard)),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => attend(name, heard)),
  ];
  try {
    return { result: await work(), heard };
  } finally {
    for (const each of undo) each();
  }
}

function listen(stream: NodeJS.WriteStream, heard: string[]): () => void {
  const before = Object.getOwnPropertyDescriptor(stream, 'write');
  const pass: Write = stream.write.bind(stream);
  const write = (...args: Parameters<Write>): boolean => {
    heard.push(String(args[0]));
    return pass(...args);
  };
  Object.defineProperty(stream, 'write', { value: write, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(stream, 'write');
    else Object.defineProperty(stream, 'write', before);
  };
}

/** Test runners put a console of their own in the place of the one that writes to the streams. */
function attend(name: 'log' | 'info' | 'warn' | 'error' | 'debug', heard: string[]): () => void {
  const before = console[name];
  console[name] = (...args: unknown[]) => {
    heard.push(args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' '));
    before.apply(console, args);
  };
  return () => {
    console[name] = before;
  };
}
