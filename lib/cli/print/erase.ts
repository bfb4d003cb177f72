/** Who is about to be erased, and what became of it, in words. */
import type { FoundPerson } from '../../flow/find-person.ts';
import type { SignedReceipt } from '../erase-receipt.ts';
import type { TargetContext } from '../target.ts';
import { wrap, type Ink } from './ink.ts';
import { asSentence } from './words.ts';

interface Found {
  readonly context: Pick<TargetContext, 'sync'>;
  readonly people: readonly FoundPerson[];
}

export function formatFound(
  ink: Ink,
  found: readonly Found[],
  withRow: boolean,
): readonly string[] {
  const lines = found.flatMap(({ context: { sync }, people }) =>
    people.map((person) => `${sync.spec.name}: ${placesOf(person, sync.app, withRow)}`),
  );
  return [ink.paint('bold', 'To be erased, for good:'), ...lines.map((line) => `  ${line}`)];
}

function placesOf({ key, isAtApp, isInCrm, isKnown }: FoundPerson, app: string, withRow: boolean) {
  const places = [
    isAtApp === false ? `not in ${app}` : isAtApp === null ? `what ${app} was told` : app,
    ...(isKnown ? ['our memory and history'] : []),
    ...(isInCrm ? [withRow ? 'the CRM’s row' : '(the CRM’s row stays)'] : []),
  ];
  return `${key === null ? 'a record without a row' : `record ${key}`}: ${places.join(', ')}`;
}

export function formatReceipt(ink: Ink, order: string, receipt: SignedReceipt): readonly string[] {
  const head = receipt.isComplete
    ? ink.paint('green', 'Erased.')
    : ink.paint(
        'yellow',
        `Not all of it is done yet; it goes on with every round. Its receipt, then: npx trivet erase --order ${order}`,
      );
  const parts = receipt.parts.flatMap(({ sync, doneAt, removed, problem }) => {
    const steps = Object.entries(removed).map(([step, { state }]) => `${step} ${state}`);
    const text = `${sync}: ${steps.length === 0 ? 'not begun' : steps.join(', ')}${doneAt === null ? '' : `, done ${doneAt}`}`;
    return problem === null ? [text] : [text, `  ${asSentence(problem)}`];
  });
  return [
    head,
    ...parts.map((line) => `  ${line}`),
    ink.paint('dim', 'Out of reach:'),
    ...receipt.outOfReach.flatMap((line) =>
      wrap(line, ink.width - 2, '  ').map((each) => ink.paint('dim', `  ${each}`)),
    ),
    `signed ${receipt.signature.slice(0, 16)}…  ${ink.paint('dim', '(--receipt FILE or --json keeps it)')}`,
  ];
}
