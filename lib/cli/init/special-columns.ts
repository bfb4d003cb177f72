/** Columns that go to no merge field: consent, tags, language, and those that say who is out. Pure. */
import { CONSENTS, consent, tags } from '../../engine/types/index.ts';
import {
  filledIn,
  isTextBase,
  isTextColumn,
  shareOf,
  type ColumnFacts,
  type Sample,
  type TableFacts,
} from './facts.ts';
import type { MappedField } from './map-fields.ts';
import { meaningOf, wordsOf } from './meaning.ts';

export interface Found {
  readonly fields: readonly MappedField[];
  /** What was looked at and left, or what to know, as sentences. */
  readonly notes: readonly string[];
}

const CONSENT = consent();
const TAGS = tags();

/** The column with the person's word, in the words Trivet knows; Mailchimp owns it, for its forms ask people. */
export function findConsent(table: TableFacts, sample: Sample): Found {
  const notes: string[] = [];
  const candidates = table.columns
    .filter(({ name }) => meaningOf(name) === 'consent')
    .toSorted((a, b) => mailWords(b.name) - mailWords(a.name));
  for (const column of candidates) {
    const refusal = whyNoConsent(column, sample);
    if (refusal !== null) {
      notes.push(refusal);
      continue;
    }
    const field = {
      column: column.name,
      app: 'status',
      type: { call: 'consent()', owner: 'app' },
    } as const;
    return { fields: [field], notes: [...notes, ...missingLabels(column)] };
  }
  const words = CONSENTS.join(', ');
  return {
    fields: [],
    notes: [
      ...notes,
      `No column holds consent, so who unsubscribes at Mailchimp is not told to the CRM, and members Trivet makes are transactional: not subscribed. Add a text column (its words: ${words}), and map it: email_status: { app: 'status', type: consent(), owner: 'app' }.`,
    ],
  };
}

/** `email_status` says more than `status`, which may be anything's. */
const mailWords = (name: string): number =>
  wordsOf(name).filter((word) => /mail|consent|subscri|newsletter|marketing/.test(word)).length;

function whyNoConsent(column: ColumnFacts, sample: Sample): string | null {
  const { name, base, kind, type, labels, generated } = column;
  if (generated)
    return `${name} is written by the database alone, so it cannot take an unsubscribe.`;
  if (base === 'bool')
    return `${name} is a boolean. Consent has more words than yes and no (an unsubscribe is not “never asked”): keep it in a text column and map that.`;
  if (!isTextColumn(column) && kind !== 'enum')
    return `${name} is ${type}, which holds no words of consent.`;
  const values = kind === 'enum' ? labels : filledIn(sample, name);
  // An empty column called `status` may be meant for anything.
  if (values.length === 0 && mailWords(name) === 0)
    return `${name} is empty, so what its words are meant for is not known.`;
  const unknown = [...new Set(values.filter((value) => !CONSENT.parse(value).ok))];
  if (unknown.length === 0) return null;
  const shown = unknown
    .slice(0, 4)
    .map((word) => `“${word}”`)
    .join(', ');
  return `${name} holds ${shown}, which are no words of consent (${CONSENTS.join(', ')}).`;
}

/** The database would refuse them. */
function missingLabels({ name, kind, labels }: ColumnFacts): readonly string[] {
  if (kind !== 'enum') return [];
  const missing = ['unsubscribed', 'cleaned', 'transactional'].filter(
    (word) => !labels.includes(word),
  );
  return missing.length === 0
    ? []
    : [
        `The type of ${name} lacks ${missing.join(', ')}: those who become so at Mailchimp are parked. Add them: alter type … add value.`,
      ];
}

export function findTags(table: TableFacts, sample: Sample): Found {
  const candidates = table.columns.filter(({ name }) => meaningOf(name) === 'tags');
  const column = candidates.find((each) => isSet(each, sample));
  if (column !== undefined) {
    const type = column.generated
      ? ({ call: 'tags()', owner: 'crm' } as const)
      : ({ call: 'tags()', owner: 'shared', onConflict: 'union' } as const);
    return { fields: [{ column: column.name, app: 'tags', type }], notes: [] };
  }
  return {
    fields: [],
    notes: candidates.map(
      ({ name, type }) => `${name} is ${type}; tags need a list of words, text[] or a JSON list.`,
    ),
  };
}

function isSet({ name, kind, base }: ColumnFacts, sample: Sample): boolean {
  if (kind === 'array') return isTextBase(base);
  if (kind !== 'scalar' || (base !== 'json' && base !== 'jsonb')) return false;
  return shareOf(filledIn(sample, name), (value) => TAGS.parse(value).ok) === 1;
}

export function findLanguage(table: TableFacts, sample: Sample): Found {
  const column = table.columns.find(
    (each) => meaningOf(each.name) === 'language' && isTextColumn(each),
  );
  const isCode = (value: string): boolean => /^[a-z]{2}([_-][a-z]{2})?$/i.test(value.trim());
  if (column === undefined || shareOf(filledIn(sample, column.name), isCode) < 0.9)
    return { fields: [], notes: [] };
  const type = { call: 'text()', owner: 'crm' } as const;
  return { fields: [{ column: column.name, app: 'language', type }], notes: [] };
}

export function findVip(table: TableFacts): Found {
  const column = table.columns.find(
    ({ name, base }) => meaningOf(name) === 'vip' && base === 'bool',
  );
  if (column === undefined) return { fields: [], notes: [] };
  const type = { call: 'boolean()', owner: 'crm' } as const;
  return { fields: [{ column: column.name, app: 'vip', type }], notes: [] };
}

export interface Filter {
  readonly column: string;
  readonly when: 'is null' | 'is false';
}

/** Rows that are deleted by a mark and not in truth. */
export function findFilters(table: TableFacts): readonly Filter[] {
  return table.columns.flatMap(({ name, base, kind }): readonly Filter[] => {
    if (meaningOf(name) !== 'deleted' || kind !== 'scalar') return [];
    if (base === 'bool') return [{ column: name, when: 'is false' }];
    const isTime = ['timestamp', 'timestamptz', 'date'].includes(base);
    return isTime ? [{ column: name, when: 'is null' }] : [];
  });
}
