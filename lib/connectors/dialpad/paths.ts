/**
 * The places in a contact that a field may be mapped to:
 *
 *   first_name  last_name  company_name  job_title  extension
 *   phones.primary  emails.primary  urls.primary     the first of the list
 *   phones.extra    emails.extra    urls.extra       the others, as a set: map them with tags()
 *   blocked  sms_consent                             what the company keeps of the primary number, beside the contact
 */

export const TEXT_NAMES = [
  'first_name',
  'last_name',
  'company_name',
  'job_title',
  'extension',
] as const;

export const LIST_NAMES = ['phones', 'emails', 'urls'] as const;

/** Not in the contact. */
export const REFUSAL_NAMES = ['blocked', 'sms_consent'] as const;

export type TextName = (typeof TEXT_NAMES)[number];
export type ListName = (typeof LIST_NAMES)[number];

export type ContactPlace =
  | { readonly kind: 'text'; readonly name: TextName }
  | { readonly kind: 'primary' | 'extra'; readonly name: ListName };

const PATHS: readonly string[] = [
  ...TEXT_NAMES,
  ...LIST_NAMES.flatMap((name) => [`${name}.primary`, `${name}.extra`]),
  ...REFUSAL_NAMES,
];

/** Whether a contact itself shows it. */
export const isOfContact = (path: string): boolean => !REFUSAL_NAMES.some((name) => name === path);

/** Why a path cannot be mapped, or null when it can. For the configuration's checks. */
export function checkPath(path: string): string | null {
  return PATHS.includes(path) ? null : `Dialpad has no path "${path}"; use ${PATHS.join(', ')}`;
}

/** Throws on a path the configuration's check would have refused. */
export function placeOf(path: string): ContactPlace {
  const refusal = checkPath(path);
  if (refusal !== null) throw new Error(refusal);
  const [name, part] = path.split('.');
  return part === 'primary' || part === 'extra'
    ? { kind: part, name: name as ListName }
    : { kind: 'text', name: name as TextName };
}
