/**
 * Columns a function asks for and nobody reads. The function is called with a row of blanks and watched: what stands
 * behind a condition is not seen here, and throws at its first record (lib/flow/user-functions.ts).
 */
import type { Problem } from './problems.ts';
import type { SyncConfig } from './model.ts';
import type { ParsedSync } from './schema.ts';

interface Watched {
  readonly sync: ParsedSync;
  readonly compiled: SyncConfig;
  readonly at: string;
  readonly broken: ReadonlySet<string>;
}

type RowFunction = (row: Readonly<Record<string, never>>) => unknown;

export function findUnread({ sync, compiled, at, broken }: Watched): readonly Problem[] {
  // A column whose field has a problem of its own is read once that is corrected.
  const dropped = [...broken].flatMap((place) => /^fields\.(.*)$/.exec(place)?.[1] ?? []);
  const read = new Set([...compiled.columns, ...dropped]);
  const functions: (readonly [place: string, reads: string, call: RowFunction | undefined])[] = [
    ['include', `reads`, sync.include as RowFunction | undefined],
    ...Object.entries(sync.computed ?? {}).map(
      ([name, { from }]) =>
        [`computed.${name}.from`, `computed.${name}.reads`, from as RowFunction] as const,
    ),
  ];
  return functions.flatMap(([place, reads, call]) => {
    const seen = call === undefined ? NOTHING : watch(call);
    const here = `${at}.${place}`;
    const unread = [...seen.asked].filter((column) => !read.has(column));
    const problems = unread.map((column) => ({
      at: here,
      text: `asks for “${column}”, which is not read; map the column, or name it in ${reads}: ['${column}']`,
    }));
    const late = 'gives a promise; it must answer at once, of the row alone';
    return seen.isAsync ? [...problems, { at: here, text: late }] : problems;
  });
}

interface Seen {
  readonly asked: ReadonlySet<string>;
  readonly isAsync: boolean;
}

const NOTHING: Seen = { asked: new Set(), isAsync: false };

/** What the function makes of blanks counts for nothing, and neither does what it throws over them. */
function watch(call: RowFunction): Seen {
  const asked = new Set<string>();
  let isAsync = false;
  for (const blank of [null, '']) {
    const row = new Proxy<Record<string, never>>(
      {},
      {
        get: (_row, name) => {
          if (typeof name !== 'string' || name in Object.prototype || name === 'toJSON')
            return Reflect.get({}, name) as unknown;
          asked.add(name);
          return blank;
        },
      },
    );
    try {
      const made = call(row);
      if (made instanceof Promise) {
        isAsync = true;
        // What it makes of blanks, a failure above all, is nobody's.
        made.catch(() => undefined);
      }
    } catch {
      // Blanks are no real row.
    }
  }
  return { asked, isAsync };
}
