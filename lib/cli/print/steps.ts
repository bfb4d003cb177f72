/** Steps in the CRM's database, as people read them before they agree. */
import type { Step } from '../../crm/change-plan.ts';
import { paragraph, type Ink } from './ink.ts';

/** A table of two hundred partitions has eight hundred triggers. */
const CHANGES_MAX = 8;

export const formatSteps = (ink: Ink, steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ title, changes }) => {
    const left = changes.length - CHANGES_MAX;
    return [
      ink.paint('bold', title),
      ...changes.slice(0, CHANGES_MAX).flatMap((change) => paragraph(change, ink.width, '  ')),
      ...(left > 0 ? [ink.paint('dim', `  and ${left} more (--print shows all)`)] : []),
    ];
  });
