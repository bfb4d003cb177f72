/**
 * The text of a one-dimensional Postgres array, as `column::text` gives it: `{VIP,"two words",NULL}`
 * (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO).
 */

/** `[2:4]=` stands before arrays that do not begin at 1. */
const BOUNDS = /^\[[+-]?\d+:[+-]?\d+\]=/;
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"`;
const BARE = String.raw`(?:[^\s"{},\\]|\\[^])(?:(?:[^"{},\\]|\\[^])*(?:[^\s"{},\\]|\\[^]))?`;
const ELEMENT = new RegExp(String.raw`\s*(${QUOTED}|${BARE})\s*(,|$)`, 'y');

/** Its elements; null when the text is no such array. */
export function parsePostgresArray(text: string): readonly (string | null)[] | null {
  const literal = text.replace(BOUNDS, '');
  if (!literal.startsWith('{') || !literal.endsWith('}')) return null;
  return readElements(literal.slice(1, -1));
}

function readElements(inside: string): readonly (string | null)[] | null {
  const elements: (string | null)[] = [];
  let [at, isOpen] = [0, inside.trim() !== ''];
  while (isOpen) {
    ELEMENT.lastIndex = at;
    const match = ELEMENT.exec(inside);
    if (!match) return null;
    elements.push(elementOf(match[1] ?? ''));
    at = ELEMENT.lastIndex;
    isOpen = match[2] === ',';
  }
  return elements;
}

/** Only an unquoted NULL is null; a backslash makes the next character plain. */
function elementOf(token: string): string | null {
  if (/^null$/i.test(token)) return null;
  const body = token.startsWith('"') ? token.slice(1, -1) : token;
  return body.replace(/\\([^])/g, '$1');
}
