/**
 * The whole terminal for a view that is drawn anew: on the alternate screen, so that what was there before comes
 * back, whatever ends us. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

const COLUMNS_ELSEWHERE = 80;
const ROWS_ELSEWHERE = 24;

export interface TerminalOut {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface FullScreen {
  size(): { readonly columns: number; readonly rows: number };
  draw(lines: readonly string[]): void;
  leave(): void;
}

/** `onResize` draws again: half of the old view would stand there until the next look. */
export function openScreen(out: TerminalOut, onResize: () => void): FullScreen {
  let isOpen = true;
  const leave = (): void => {
    if (!isOpen) return;
    isOpen = false;
    out.off('resize', onResize);
    process.off('exit', leave);
    out.write(LEAVE);
  };
  out.write(ENTER);
  out.on('resize', onResize);
  process.on('exit', leave);
  return {
    leave,
    size: () => ({ columns: out.columns ?? COLUMNS_ELSEWHERE, rows: out.rows ?? ROWS_ELSEWHERE }),
    // Line by line over what stands there, and the rest erased: clearing first would flicker.
    draw: (lines) => {
      if (!isOpen) return;
      out.write(`${HOME}${lines.map((line) => `${line}${ERASE_LINE}`).join('\r\n')}${ERASE_BELOW}`);
    },
  };
}

export interface TerminalIn {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  off(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const QUIT_KEYS = new Set(['q', 'Q', '\u0003', '\u0004']);

/** q, Ctrl-C or Ctrl-D; what else is typed is not shown. The answer gives the keyboard back. */
export function listenForQuit(input: TerminalIn, onQuit: () => void): () => void {
  if (input.isTTY !== true || input.setRawMode === undefined) return () => undefined;
  const listen = (data: Buffer): void => {
    if (QUIT_KEYS.has(data.toString('latin1'))) onQuit();
  };
  const release = (): void => {
    process.off('exit', release);
    input.off('data', listen);
    input.setRawMode?.(false);
    input.pause();
  };
  input.setRawMode(true);
  input.on('data', listen);
  input.resume();
  process.on('exit', release);
  return release;
}
