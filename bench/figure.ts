/** What a part of the bench hands back: figures with their bounds, and the words that go with them. */

export type PartName =
  | 'counts'
  | 'sweep'
  | 'engine'
  | 'first-sync'
  | 'memory'
  | 'latency'
  | 'isolation'
  | 'capture'
  | 'bundles'
  | 'cost';

export type Bound = { readonly atMost: number } | { readonly atLeast: number };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound: Bound | null;
  /** A count, the same on every machine: breaking its bound fails the run. Timings only say that they were not reached. */
  readonly isExact: boolean;
}

export interface Section {
  readonly part: PartName;
  readonly title: string;
  /** How it was measured, a paragraph each. */
  readonly method: readonly string[];
  readonly figures: readonly Figure[];
  /** What limits the figures, and whatever else a reader must know. */
  readonly notes: readonly string[];
  /** Numbers other parts compute with, by name. */
  readonly data: Readonly<Record<string, number>>;
  /** Whatever is better read side by side. */
  readonly tables?: readonly Table[];
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const count = (name: string, value: number, bound: Bound | null = null): Figure => ({
  name,
  value,
  unit: 'calls',
  bound,
  isExact: true,
});

export const exact = (name: string, value: number, unit: string, bound: Bound | null): Figure => ({
  name,
  value,
  unit,
  bound,
  isExact: true,
});

export const timed = (
  name: string,
  value: number,
  unit: string,
  bound: Bound | null = null,
): Figure => ({ name, value, unit, bound, isExact: false });

export function isWithin({ value, bound }: Figure): boolean {
  if (bound === null) return true;
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** Exact figures outside their bounds, each with the bound it broke. */
export function brokenBounds(sections: readonly Section[]): readonly string[] {
  return sections.flatMap(({ part, figures }) =>
    figures
      .filter((figure) => figure.isExact && !isWithin(figure))
      .map((figure) => `${part}: ${describeFigure(figure)}`),
  );
}

export const describeFigure = (figure: Figure): string =>
  `${figure.name}: ${formatValue(figure.value)} ${figure.unit}, bound ${describeBound(figure.bound)}`;

export function describeBound(bound: Bound | null): string {
  if (bound === null) return '';
  return 'atMost' in bound ? `≤ ${formatValue(bound.atMost)}` : `≥ ${formatValue(bound.atLeast)}`;
}

export function formatValue(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
