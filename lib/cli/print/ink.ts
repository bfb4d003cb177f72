/** Colours and widths of one output stream. Colours only where somebody looks, and not against NO_COLOR. */
import { stripVTControlCharacters, styleText } from 'node:util';

export type Shade = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export interface Ink {
  /** Columns to fill at most. */
  readonly width: number;
  readonly isTerminal: boolean;
  paint(shade: Shade, text: string): string;
}

const WIDTH_MIN = 40;
const WIDTH_MAX = 110;
const WIDTH_ELSEWHERE = 80;

/** https://no-color.org: any value that is not empty switches colours off. */
export function createInk(stream: NodeJS.WriteStream): Ink {
  const isTerminal = stream.isTTY;
  const wantsColor = isTerminal && (process.env['NO_COLOR'] ?? '') === '';
  return {
    width: Math.min(Math.max(stream.columns || WIDTH_ELSEWHERE, WIDTH_MIN), WIDTH_MAX),
    isTerminal,
    paint: (shade, text) => (wantsColor ? styleText(shade, text, { validateStream: false }) : text),
  };
}

export const plainInk: Ink = {
  width: WIDTH_ELSEWHERE,
  isTerminal: false,
  paint: (_shade, text) => text,
};

const segmenter = new Intl.Segmenter();
const charactersOf = (text: string): readonly string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

/** Columns a text takes on the screen. Wide scripts count as one, so their tables may be ragged. */
export const widthOf = (text: string): number =>
  charactersOf(stripVTControlCharacters(text)).length;

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Cuts a plain text to a width, and says so with an ellipsis. */
export function shorten(text: string, width: number): string {
  const units = charactersOf(text);
  return units.length <= width ? text : `${units.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** The same as a paragraph: every line behind `indent`. */
export const paragraph = (text: string, width: number, indent: string): readonly string[] =>
  wrap(text, width - indent.length).map((line) => indent + line);

/** Plain text in lines of at most `width`, each after the first behind `indent`. */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(next) > width) {
      lines.push(line);
      line = indent + word;
    } else line = next;
  }
  return [...lines, line];
}
