/** What `trivet explain` does: why a record is as it is, and what happens next. */
import { explainRecord, type Explanation, type FieldExplanation } from '../flow/explain.ts';
import { CommandFailure, wrongUsage } from './failure.ts';
import { formatExplanation, formatField } from './print/explanation.ts';
import { shellWord, takeWords } from './print/words.ts';
import { requireSync } from './target.ts';
import { answerFrom, withTypedKey, type TargetOptions } from './with-target.ts';

export async function printExplanation(
  syncName: string,
  typedKey: string,
  field: string | undefined,
  options: TargetOptions,
): Promise<void> {
  await answerFrom(options, async (target) => {
    const sync = requireSync(target, syncName);
    const known = sync.spec.fields.map(({ column }) => column);
    if (field !== undefined && !known.includes(field)) {
      throw wrongUsage(
        `There is no field “${field}” in ${syncName}; there is ${known.join(', ')}.`,
      );
    }
    const context = await target.open(sync);
    const told = await withTypedKey(typedKey, (key) => explainRecord(context, key));
    if (told === null) {
      throw new CommandFailure(
        `Neither the CRM nor ${syncName} knows a record ${typedKey} (${target.mode} ${target.name}).`,
      );
    }
    const now = Date.now();
    const one = told.fields.find((each) => each.field === field);
    return {
      json: jsonOf(told, one),
      lines: (ink) => [
        ...(one === undefined
          ? formatExplanation(ink, told, now)
          : formatField(ink, told, one, now)),
        ...told.fields
          .filter((each) => each.parked !== null && (one === undefined || one === each))
          .map((each) => `${ink.paint('dim', 'do  ')}  ${resolveLine(told, each)}`),
      ],
    };
  });
}

function resolveLine({ sync, key }: Explanation, { field, crm, app }: FieldExplanation): string {
  const unreadable = [
    ...(crm.problem === null ? [] : ['crm' as const]),
    ...(app.problem === null ? [] : ['app' as const]),
  ];
  return `npx trivet resolve ${sync} ${shellWord(key)} ${field} --take ${takeWords(unreadable)}`;
}

/** With a field named, only that one and its own decisions. */
function jsonOf(told: Explanation, one: FieldExplanation | undefined): Record<string, unknown> {
  if (one === undefined) return { ...told };
  const { fields, decisions, ...record } = told;
  void fields;
  void decisions;
  return { ...record, field: one };
}
