/** What a judgement would do, deed by deed: for counting, for brakes, and for telling a person before it is done. */
import { consentWord, isWithdrawn, isYesOrNo } from './consent.ts';
import type { Verdict } from './judge.ts';
import type { AppSide, BrakeClass, CrmSide, Deed, DeedKind, End, FieldSpec } from './model.ts';
import { isEmpty } from './value.ts';

/** A deed, and the brake it is under; filling what was empty is under none. */
export interface JudgedDeed extends Deed {
  readonly class: BrakeClass | null;
}

/** Both ends as they were when it was judged; the app's side is null when nobody looked. */
export interface Shown {
  readonly crm: CrmSide;
  readonly app: AppSide | null;
}

export function deedsOf(
  fields: readonly FieldSpec[],
  /** With its deeds where they do not follow from the fields. */
  verdict: Verdict & { readonly deeds?: readonly JudgedDeed[] },
  shown: Shown,
): readonly JudgedDeed[] {
  if (verdict.deeds !== undefined) return verdict.deeds;
  const { action } = verdict;
  // These are one with the record, whatever values travel along.
  if (action !== 'merge' && action !== 'settle')
    return [{ kind: action, column: null, class: CLASSES[action] }];
  return fields.flatMap((field) => [
    ...deedAt('app', field, verdict, shown),
    ...deedAt('crm', field, verdict, shown),
  ]);
}

/** The brake a noted deed is under: what fills an empty field is never noted by one. */
export const classOf = ({ kind }: Deed): BrakeClass => CLASSES[kind];

const CLASSES: Record<DeedKind, BrakeClass> = {
  'create-app': 'create',
  'create-crm': 'create',
  'revive-app': 'create',
  'archive-app': 'archive',
  'delete-app': 'delete',
  'delete-crm': 'delete',
  'mark-crm': 'overwrite',
  'unsubscribe-app': 'unsubscribe',
  'unsubscribe-crm': 'unsubscribe',
  'refuse-app': 'refuse',
  'refuse-crm': 'refuse',
  'subscribe-app': 'subscribe',
  'subscribe-crm': 'subscribe',
  'write-app': 'overwrite',
  'write-crm': 'overwrite',
};

function deedAt(
  end: End,
  field: FieldSpec,
  verdict: Verdict,
  { crm, app }: Shown,
): readonly JudgedDeed[] {
  const name = field.fingerprint;
  const { column } = field;
  const sent = end === 'app' ? verdict.toApp[name] : verdict.toCrm[name];
  if (sent === undefined) return [];
  const agreed = verdict.state.shadow?.pairs[name];
  // A row that says “unsubscribed” repeats what the person did, unless the two only meet: then it may be another
  // audience than was meant. At the app it is always we who do it.
  if (field.role === 'consent' && isWithdrawn(sent)) {
    const isOwnWord = end === 'crm' && agreed !== undefined;
    const word = isYesOrNo(field) ? 'refuse' : 'unsubscribe';
    return [{ kind: `${word}-${end}`, column, class: isOwnWord ? null : word }];
  }
  if (field.role === 'consent' && consentWord(sent) === 'subscribed')
    return [{ kind: `subscribe-${end}`, column, class: 'subscribe' }];
  const replaced = end === 'app' ? (app?.fields[name] ?? agreed?.r) : crm.fields[name];
  const isFilling = replaced === undefined || isEmpty(replaced);
  return [{ kind: `write-${end}`, column, class: isFilling ? null : 'overwrite' }];
}
