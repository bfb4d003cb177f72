/** A few lines at the end of a terminal that are written anew in place; nothing where nobody watches. */
import { stripVTControlCharacters } from 'node:util';
import { shorten, widthOf, type Ink } from './ink.ts';

export interface LiveLines {
  /** Instead of the lines shown before. Each is cut to the screen, for a line that wraps cannot be taken back. */
  show(lines: readonly string[]): void;
  /** Takes them away, so that ordinary output goes on where they began. */
  clear(): void;
}

const UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`);
/** From the cursor to the end of the screen. */
const ERASE = '\u001b[J';

export function createLiveLines(
  ink: Pick<Ink, 'isTerminal'>,
  stream: { write(text: string): unknown; readonly columns?: number },
): LiveLines {
  let shown = 0;
  const clear = (): void => {
    if (shown === 0) return;
    stream.write(`\r${UP(shown)}${ERASE}`);
    shown = 0;
  };
  return {
    clear,
    show: (lines) => {
      if (!ink.isTerminal) return;
      const width = (stream.columns ?? 80) - 1;
      const cut = lines.map((line) => fitLine(line, width));
      stream.write(`\r${UP(shown)}${ERASE}${cut.map((line) => `${line}\n`).join('')}`);
      shown = cut.length;
    },
  };
}

/** Cut to the width; its colours go then, for the cut may fall between them. */
export const fitLine = (line: string, width: number): string =>
  widthOf(line) <= width ? line : shorten(stripVTControlCharacters(line), width);
