/**
 * An audience looked at before a sync relies on it: the key, the audience, its merge fields against those that
 * are mapped, and Mailchimp's clock. https://mailchimp.com/developer/marketing/docs/merge-fields/
 */
import type { Budget } from '../../ports/clock.ts';
import type { AppExamination, AppExaminer, ExaminedField, Fix } from '../../ports/examine.ts';
import type { Finding } from '../../ports/finding.ts';
import type { Failure, Outcome, Rejected } from '../../ports/outcome.ts';
import type { Audience } from './audience.ts';
import { toFailure } from './failures.ts';
import { MERGE_PREFIX } from './mapping.ts';
import { TEXT_BYTES_MAX } from './merge-fields.ts';
import type { MergeFieldBody } from './wire.generated.ts';
import type { WireMergeField } from './wire.ts';

type Found = Omit<Finding, 'sync'>;

/** Types of merge fields that hold a field type without loss, the one we would make first. */
const HOLDERS: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  email: ['text'],
  phone: ['phone', 'text'],
  number: ['number', 'text'],
  date: ['date', 'text'],
  birthday: ['birthday'],
  timestamp: ['text', 'date'],
  boolean: ['text'],
  enum: ['dropdown', 'radio', 'text'],
  address: ['address'],
};

export function createExaminer(audience: Audience): AppExaminer {
  return {
    examine: async (fields, budget) => {
      const missing = await audience.whyMissing(budget);
      if (missing !== null) return unreached(audience, missing);
      const answer = await audience.mergeFields(budget);
      if (answer.kind !== 'ok') return unreached(audience, toFailure(answer, audience.id));
      const { value, beganAt, vendorBeganAt } = answer;
      return {
        ...compare(audience, fields, value),
        clockAheadMs: vendorBeganAt === null ? null : vendorBeganAt - beganAt,
      };
    },
  };
}

function unreached({ id }: Audience, failure: Failure): AppExamination {
  const isForPerson = failure.kind === 'halted';
  const remedy = isForPerson
    ? 'Correct the key in the secret, or the audience in the configuration.'
    : 'Try again; if it stays so, look at status.mailchimp.com and at the network.';
  return {
    findings: [
      {
        severity: 'error',
        code: isForPerson ? 'app.refused' : 'app.unreachable',
        where: `audience ${id}`,
        found: failure.reason,
        remedy: { kind: 'advice', text: remedy },
      },
    ],
    fixes: [],
    clockAheadMs: null,
  };
}

function compare(
  audience: Audience,
  fields: readonly ExaminedField[],
  live: readonly WireMergeField[],
): Pick<AppExamination, 'findings' | 'fixes'> {
  const byTag = new Map(live.map((field) => [field.tag, field]));
  const mapped = fields.flatMap((field) =>
    field.path.startsWith(MERGE_PREFIX)
      ? [{ field, tag: field.path.slice(MERGE_PREFIX.length) }]
      : [],
  );
  const missing = mapped.filter(({ tag }) => !byTag.has(tag));
  return {
    findings: [
      ...missing.map(({ tag, field }) => missingField(audience, tag, field)),
      ...mapped.flatMap(({ tag, field }) => {
        const present = byTag.get(tag);
        return present === undefined ? [] : misfits(present, field);
      }),
      ...unfilled(live, new Set(mapped.map(({ tag }) => tag))),
    ],
    fixes: missing.map(({ tag, field }) => makeField(audience, tag, field)),
  };
}

const placeOf = (tag: string): string => `${MERGE_PREFIX}${tag}`;

function missingField({ id }: Audience, tag: string, { column }: ExaminedField): Found {
  return {
    severity: 'error',
    code: 'app.field-missing',
    where: placeOf(tag),
    found: `Audience ${id} has no merge field ${tag}, to which ${column} is mapped: Mailchimp would drop its values without a word, so they are parked.`,
    remedy: { kind: 'command', text: 'npx trivet doctor --fix' },
  };
}

function misfits(live: WireMergeField, { column, type, owner }: ExaminedField): readonly Found[] {
  const holders = HOLDERS[type.name] ?? [];
  const place = placeOf(live.tag);
  if (!holders.includes(live.type)) {
    return [
      {
        severity: 'error',
        code: 'app.field-type',
        where: place,
        found: `It is of type ${live.type}; ${type.name}() of ${column} needs ${holders.join(' or ')}.`,
        remedy: {
          kind: 'advice',
          text: `A merge field cannot change its type: map ${column} to another, or delete this one in Mailchimp (with its values) and run: npx trivet doctor --fix`,
        },
      },
    ];
  }
  return [...lengthFindings(live, type, place), ...choiceFindings(live, { column, type, owner })];
}

/** Cut without a word: only a type that knows it takes what comes back for the same. */
function lengthFindings(
  live: WireMergeField,
  { name, options }: ExaminedField['type'],
  where: string,
): readonly Found[] {
  if (live.type !== 'text' || name !== 'text') return [];
  const { maxBytes } = (options ?? {}) as { readonly maxBytes?: number };
  if (maxBytes !== undefined && maxBytes <= TEXT_BYTES_MAX) return [];
  return [
    {
      severity: 'warning',
      code: 'app.field-length',
      where,
      found: `Mailchimp keeps ${TEXT_BYTES_MAX} bytes of a text and cuts the rest without a word; this field may be longer.`,
      remedy: { kind: 'advice', text: `Map it by text(${TEXT_BYTES_MAX}).` },
    },
  ];
}

function choiceFindings(
  { type: liveType, tag, options }: WireMergeField,
  { column, type }: Pick<ExaminedField, 'column' | 'type' | 'owner'>,
): readonly Found[] {
  if (liveType !== 'dropdown' && liveType !== 'radio') return [];
  const choices = options?.choices ?? [];
  const words = type.options as readonly string[];
  const refused = words.filter((word) => !choices.includes(word));
  const unknown = choices.filter((choice) => !words.includes(choice));
  return [
    ...(refused.length === 0
      ? []
      : [
          {
            severity: 'error' as const,
            code: 'app.field-choices',
            where: placeOf(tag),
            found: `Its choices lack ${refused.map(quoted).join(', ')}, which ${column} may say.`,
            remedy: { kind: 'advice' as const, text: 'Add the choices in Mailchimp.' },
          },
        ]),
    ...(unknown.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            code: 'app.field-choices',
            where: placeOf(tag),
            found: `It has the choices ${unknown.map(quoted).join(', ')}, which enumeration() of ${column} does not read.`,
            remedy: { kind: 'advice' as const, text: 'Add the words to enumeration().' },
          },
        ]),
  ];
}

const quoted = (text: string): string => `“${text}”`;

/** Our own writes ask Mailchimp to let them pass; a sign-up form or another tool does not. */
function unfilled(live: readonly WireMergeField[], mapped: ReadonlySet<string>): readonly Found[] {
  return live
    .filter(({ required, tag }) => required === true && !mapped.has(tag))
    .map(({ tag, name }) => ({
      severity: 'warning',
      code: 'app.field-required',
      where: placeOf(tag),
      found: `${quoted(name ?? tag)} is required, but nothing is mapped to it: members that Trivet makes will lack it, and other tools may then be refused when they change them.`,
      remedy: { kind: 'advice', text: 'Map a column to it, or make it optional in Mailchimp.' },
    }));
}

function makeField(audience: Audience, tag: string, field: ExaminedField): Fix {
  const body = shapeField(tag, field);
  return {
    code: 'app.field-missing',
    where: placeOf(tag),
    what: `merge field ${tag} of type ${body.type} in audience ${audience.id}, for ${field.column}`,
    apply: async (budget: Budget): Promise<Outcome<null> | Rejected> => {
      const made = await audience.addMergeField(body, budget);
      return made.kind === 'ok' ? { kind: 'ok', value: null } : toFailure(made, audience.id);
    },
  };
}

/** Not required and not shown on forms: nobody but us has to know of it. */
function shapeField(
  tag: string,
  { column, type }: ExaminedField,
): MergeFieldBody & { readonly type: NonNullable<MergeFieldBody['type']> } {
  const kind = (HOLDERS[type.name]?.[0] ?? 'text') as NonNullable<MergeFieldBody['type']>;
  const name = column.replaceAll('_', ' ').trim() || tag;
  return {
    tag,
    name: name.charAt(0).toUpperCase() + name.slice(1),
    type: kind,
    required: false,
    public: false,
    ...(kind === 'dropdown' ? { options: { choices: [...(type.options as string[])] } } : {}),
    // Numbers of other countries than the United States.
    ...(kind === 'phone' ? { options: { phone_format: 'none' } } : {}),
    ...(kind === 'date' ? { options: { date_format: 'YYYY-MM-DD' } } : {}),
  };
}
