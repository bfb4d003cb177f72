/** “Did you mean …?”: the word a person was probably about to write. */

/** Null when nothing is near: a far guess misleads more than none. */
export function nearestWord(written: string, known: readonly string[]): string | null {
  const distances = known.map((word) => ({
    word,
    steps: distance(written.toLowerCase(), word.toLowerCase()),
  }));
  const [best] = distances.toSorted((a, b) => a.steps - b.steps);
  const most = Math.max(1, Math.floor(written.length / 3));
  return best !== undefined && best.steps <= most ? best.word : null;
}

export function didYouMean(written: string, known: readonly string[]): string {
  const word = nearestWord(written, known);
  return word === null || word === written ? '' : `; did you mean “${word}”?`;
}

/** Letters put in, left out, exchanged, or two neighbours swapped. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwap = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const steps = [at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (isSame ? 0 : 1)];
      if (isSwap && i > 1 && j > 1) steps.push(at(before, j - 2) + 1);
      next.push(Math.min(...steps));
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
