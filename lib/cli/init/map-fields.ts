/** Which column goes with which of the audience's fields: by names and labels, as far as the types allow. Pure. */
import { proposeType, type TypeProposal } from './field-types.ts';
import type { AudienceFacts, ColumnFacts, MergeFieldFacts, Sample, TableFacts } from './facts.ts';
import { likeness, meaningOf } from './meaning.ts';

export interface MappedField {
  readonly column: string;
  readonly app: string;
  readonly type: TypeProposal;
}

export interface FieldMap {
  /** In the order of the table. */
  readonly fields: readonly MappedField[];
  /** Merge fields nothing goes with, with what was tried. */
  readonly unfilled: readonly { readonly field: MergeFieldFacts; readonly reason: string | null }[];
}

/** Less than this is chance: `contact_note` and “Contact since”. */
const LIKENESS_MIN = 0.6;

interface Pairing {
  readonly column: ColumnFacts;
  readonly field: MergeFieldFacts;
  readonly score: number;
}

/** `taken`: columns that go elsewhere already. */
export function mapFields(
  table: TableFacts,
  audience: AudienceFacts,
  { sample, taken }: { readonly sample: Sample; readonly taken: ReadonlySet<string> },
): FieldMap {
  const columns = table.columns.filter(({ name }) => !taken.has(name));
  const pairings = audience.mergeFields
    .flatMap((field) => columns.map((column) => ({ column, field, score: scoreOf(column, field) })))
    .filter(({ score }) => score >= LIKENESS_MIN)
    .toSorted((a, b) => b.score - a.score);
  const { found, misfits } = pairUp(pairings, sample);
  const place = (name: string): number => table.columns.findIndex((column) => column.name === name);
  const mapped = new Set(found.map(({ app }) => app));
  return {
    fields: found.toSorted((a, b) => place(a.column) - place(b.column)),
    unfilled: audience.mergeFields
      .filter(({ tag }) => !mapped.has(pathOf(tag)))
      .map((field) => ({ field, reason: misfits.get(field.tag) ?? null })),
  };
}

export const pathOf = (tag: string): string => `merge_fields.${tag}`;

/** The label is what people named it; the tag may be MMERGE7. */
function scoreOf({ name }: ColumnFacts, { tag, label, type }: MergeFieldFacts): number {
  const score = Math.max(likeness(name, label), likeness(name, tag));
  // A field of the right kind is the one that is meant: `phone` goes to the phone field before a text of that name.
  return score + (score >= LIKENESS_MIN && meaningOf(name) === type ? 0.05 : 0);
}

/** The likest first; each column and each field once. */
function pairUp(
  pairings: readonly Pairing[],
  sample: Sample,
): { found: MappedField[]; misfits: Map<string, string> } {
  const found: MappedField[] = [];
  const misfits = new Map<string, string>();
  const used = new Set<string>();
  for (const { column, field } of pairings) {
    if (used.has(`c ${column.name}`) || used.has(`f ${field.tag}`)) continue;
    const answer = proposeType(column, field, sample);
    if (answer.kind === 'misfit') {
      if (!misfits.has(field.tag)) misfits.set(field.tag, `${column.name}: ${answer.reason}`);
      continue;
    }
    used.add(`c ${column.name}`).add(`f ${field.tag}`);
    found.push({ column: column.name, app: pathOf(field.tag), type: answer.type });
  }
  return { found, misfits };
}
