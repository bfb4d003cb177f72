/**
 * Bugs planted for lint.test.ts, one to a function, each named in the comment above it. Ordinary lint
 * leaves this file alone; if a rule here is no longer found, the net has a hole.
 */
import { readFile } from 'node:fs/promises';

type Kind = 'ring' | 'look' | 'continue';

// expect: typescript(no-floating-promises)
export function forgetsToWait(): void {
  readFile('queue');
}

// expect: typescript(no-misused-promises)
export function waitsInVain(keys: readonly string[]): void {
  keys.forEach(async (key) => {
    await readFile(key);
  });
}

// expect: typescript(await-thenable)
export async function waitsForNothing(count: number): Promise<number> {
  await count;
  return count;
}

// expect: typescript(switch-exhaustiveness-check)
export function forgetsAKind(kind: Kind): number {
  switch (kind) {
    case 'ring':
      return 1;
    case 'look':
      return 2;
  }
  return 0;
}

// expect: typescript(return-await)
export async function leavesTheTryTooSoon(): Promise<string> {
  try {
    return readFile('queue', 'utf8');
  } catch {
    return '';
  }
}

// expect: typescript(only-throw-error)
export function throwsAText(): never {
  throw 'a bug without a stack';
}

// expect: typescript(no-unnecessary-condition)
export function asksWhatIsKnown(keys: readonly string[]): boolean {
  return keys ? keys.length > 0 : false;
}

// expect: typescript(no-explicit-any)
export function takesAnything(anything: any): void {
  void anything;
}

// expect: typescript(no-unsafe-assignment)
export function trustsTheWire(text: string): string {
  const row: { email: string } = JSON.parse(text);
  return row.email;
}

// expect: typescript(no-unsafe-member-access)
export function reachesIntoTheUnknown(text: string): void {
  void JSON.parse(text).email;
}

// expect: typescript(no-unsafe-return)
export function passesTheUnknownOn(text: string): string {
  return JSON.parse(text);
}

// expect: typescript(no-unsafe-argument)
export function handsTheUnknownOver(text: string): number {
  return Number.parseInt(JSON.parse(text));
}

// expect: typescript(no-unsafe-call)
export function callsTheUnknown(text: string): void {
  JSON.parse(text).run();
}

// expect: typescript(no-base-to-string)
export function printsAnObject(row: { email: string }): string {
  return `${row}`;
}

// expect: typescript(no-non-null-assertion)
export function insists(keys: readonly string[]): string {
  return keys[0]!;
}

// expect: typescript(unbound-method)
export function losesThis(log: { write(line: string): void }): (line: string) => void {
  return log.write;
}

// expect: eslint(eqeqeq)
export function comparesLoosely(a: string | number, b: string): boolean {
  return a == b;
}

// expect: eslint(no-unused-vars)
export function keepsALeftover(): number {
  const leftover = 1;
  return 2;
}
