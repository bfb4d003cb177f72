/**
 * What a configuration may say: the one place where every option, its form, its meaning and its default are. The
 * checks read it, and so does the reference page (docs/configuration.md, written by `npm run docs:config`).
 */
import * as z from 'zod';
import type { FieldType } from '../engine/value.ts';
import { brakesShape } from './brakes.ts';
import { crmShape } from './crm-schema.ts';
import { columns, text, words } from './option-words.ts';
import { modifiedShape } from './modified.ts';
import type { AppConfig, IncludeRow } from './model.ts';
import { sweepOption } from './sweep.ts';
import type { ComputeValue } from '../engine/model.ts';

const fieldType = z.custom<FieldType>(
  (given) => isObject(given) && typeof given['parse'] === 'function' && 'key' in given,
  'must be a field type such as text() or email(), with its parentheses',
);

const userFunction = <F>(example: string) =>
  z.custom<F>((given) => typeof given === 'function', `must be a function such as ${example}`);

const appField = text.meta(
  words({
    description: 'The app’s field. Which there are is told [with each app](#apps).',
    example: "'merge_fields.FNAME'",
  }),
);

const typeOption = fieldType.meta(
  words({
    description:
      'How values of both ends are read and when two of them mean the same: one of the [field types](#field-types).',
    example: 'text(255)',
    form: 'field type',
  }),
);

const adoptEmpty = z
  .boolean()
  .optional()
  .meta(
    words({
      description:
        'When the field meets for the first time, an empty value of its owner erases the other end’s.',
      default: 'false',
      example: 'true',
    }),
  );

export const fieldShape = z.strictObject({
  app: appField,
  type: typeOption,
  owner: z.enum(['crm', 'app', 'shared']).meta(
    words({
      description:
        'Whose value counts. An edit at the other end is put back; of a `shared` field both ends may be edited. ' +
        'Consent is owned by the end that may grant it, and a withdrawal counts from either.',
      example: "'crm'",
    }),
  ),
  onConflict: z
    .enum(['crm', 'app', 'newest', 'union', 'manual'])
    .optional()
    .meta(
      words({
        description:
          'What settles an edit of a shared field at both ends: that end’s value, the record that changed last, ' +
          'all words of both sets, or a person.',
        default: "'manual', of tags 'union'",
        example: "'newest'",
      }),
    ),
  adoptEmpty,
  pii: z
    .literal('digest')
    .optional()
    .meta(
      words({
        description:
          'Only a keyed digest of its values is kept, in state and in history: they are merged as ever, but neither ' +
          'shown by `history` nor taken back by `undo`. Not for the match field, consent, tags, or an app that is only listed.',
        default: 'the values are kept',
        example: "'digest'",
      }),
    ),
});

export const computedShape = z.strictObject({
  app: appField,
  type: typeOption,
  from: userFunction<ComputeValue>('(row) => row.first_name').meta(
    words({
      description:
        'Makes the value of the row. It must answer at once, with the same for the same row. When it throws, this field ' +
        'of that record is parked with the reason, and everything else goes on.',
      example: '(row) => `${row.first_name} ${row.last_name}`',
      form: 'function',
    }),
  ),
  reads: columns.optional().meta(
    words({
      description:
        'Columns `from` reads besides those in `fields`. A change of any of them is a change of the record.',
      default: 'none',
      example: "['first_name', 'last_name']",
    }),
  ),
  adoptEmpty: adoptEmpty.meta(
    words({
      description:
        'When the field meets for the first time, nothing computed erases what the app has.',
      default: 'false',
      example: 'true',
    }),
  ),
});

export const syncShape = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be a-z, 0-9 and -, at most 41, beginning with a letter')
    .optional()
    .meta(
      words({
        description:
          'What the sync is called in commands, queues and everything it remembers. Another name is another sync.',
        default: '`<table>-<app>`',
        example: "'contacts-news'",
      }),
    ),
  table: text.meta(
    words({
      description:
        'The CRM’s table, with its schema unless that is `public`. Upper and lower case count; a name with a dot in it goes into double quotes.',
      example: "'sales.contacts'",
    }),
  ),
  key: z.union([text, columns.min(1, 'is empty; name the columns of the primary key')]).meta(
    words({
      description:
        'The column, or columns, that name a row: a primary key, or unique and not null.',
      example: "'id'",
    }),
  ),
  app: text.meta(
    words({ description: 'One of the names in `apps`. One app has one sync.', example: "'news'" }),
  ),
  match: z.record(z.string(), text).meta(
    words({
      description:
        'The column and the app’s field that name a person, unique on both sides. The column is also one of `fields`, so that renames travel.',
      example: "{ email: 'email_address' }",
    }),
  ),
  include: userFunction<IncludeRow>('(row) => row.email !== null')
    .optional()
    .meta(
      words({
        description:
          'Which rows the app shall have. Who leaves the filter is archived in the app (with `onCrmDelete` “leave”: left there).',
        default: 'all rows',
        example: '(row) => row.email !== null',
        form: 'function',
      }),
    ),
  reads: columns.optional().meta(
    words({
      description:
        'Columns `include` reads besides those in `fields`. A change of any of them is a change of the record.',
      default: 'none',
      example: "['deleted_at']",
    }),
  ),
  fields: z.record(text, fieldShape).meta(
    words({
      description: 'What is kept in step: by column, see [fields](#fields).',
      example: "{ email: { app: 'email_address', type: email(), owner: 'crm' } }",
    }),
  ),
  computed: z
    .record(text, computedShape)
    .optional()
    .meta(
      words({
        description:
          'App fields made of the row, by a name of their own, see [computed fields](#computed-fields).',
        default: 'none',
        example: "{ full_name: { app: 'merge_fields.FULL', type: text(255), from: (row) => … } }",
      }),
    ),
  modified: modifiedShape.optional().meta(
    words({
      description:
        'The column that says when a row was written, needed by `capture` “timestamp” and read there only; with its clock, ' +
        'overlap, time zone and sweep: [capture-by-timestamp.md](capture-by-timestamp.md).',
      default: 'none',
      example: "'updated_at'",
    }),
  ),
  create: z
    .enum(['both', 'app', 'crm', 'none'])
    .optional()
    .meta(
      words({
        description: 'Where records without a partner are made.',
        default: "'both'; `'app'` where the app shows nobody (Meta)",
        example: "'app'",
      }),
    ),
  onCrmDelete: z
    .enum(['archive', 'delete', 'leave'])
    .optional()
    .meta(
      words({
        description:
          'What happens to the app’s record of a deleted row: archived (it can be revived), deleted for good, or left.',
        default: "'archive'",
        example: "'leave'",
      }),
    ),
  onAppDelete: z
    .enum(['mark', 'delete', 'recreate', 'leave'])
    .optional()
    .meta(
      words({
        description:
          'What happens to the row of a record the app archived or deleted: marked by `mark`, deleted, made again in the app, or left.',
        default: "'leave'",
        example: "'mark'",
      }),
    ),
  mark: z
    .record(text, z.string())
    .optional()
    .meta(
      words({
        description: 'The one column `onAppDelete` “mark” sets, and the value.',
        default: 'none',
        example: "{ email_status: 'archived' }",
      }),
    ),
  lanes: z
    .int()
    .min(1)
    .max(6)
    .optional()
    .meta(
      words({
        description:
          'Ordered slices of the sync’s work, each worked by one process. Fixed when the sync is first deployed.',
        default: '4; 1 where the app is only listed (Dialpad) or shows nobody (Meta)',
        example: '2',
      }),
    ),
  everyMinutes: z
    .int()
    .min(1)
    .max(1440)
    .optional()
    .meta(
      words({
        description:
          'How often the schedule looks for changes; webhooks and doorbells come besides.',
        default: '1; 5 where the app shows nobody (Meta), so that changes gather',
        example: '15',
      }),
    ),
  write: z
    .boolean()
    .optional()
    .meta(
      words({
        description:
          '`false`: it reads and judges, and writes nothing to either end ([only looking](steering.md#only-looking-write-false)).',
        default: 'true',
        example: 'false',
      }),
    ),
  sweep: sweepOption,
  brakes: brakesShape.optional().meta(
    words({
      description:
        'How much may be done at once before a person is asked ([brakes](steering.md#brakes)).',
      default: 'caps for every class, [these](steering.md#brakes)',
      example: "{ perRun: { destroy: 100, create: '20%' } }",
    }),
  ),
});

const app = z.custom<AppConfig>(
  (given) => isObject(given) && typeof given['kind'] === 'string' && isObject(given['rules']),
  'must be made by a function of an app, such as mailchimp({ … })',
);

export const configShape = z.strictObject({
  crm: crmShape.meta(
    words({ description: 'The CRM’s database.', example: "postgres({ secret: 'crm/database' })" }),
  ),
  apps: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-z0-9]{0,20}$/, 'must be a-z and 0-9, at most 21, beginning with a letter'),
      app,
    )
    .meta(
      words({
        description: 'The apps, by names of your own.',
        example: "{ news: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }) }",
      }),
    ),
  syncs: z
    .array(syncShape)
    .min(1, 'is empty; name at least one sync')
    .meta(
      words({
        description: 'What is kept in step with what: each one table and one app.',
        example: '[{ table: … }]',
      }),
    ),
  historyDays: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .meta(
      words({ description: 'Days a decision stays in history.', default: '90', example: '365' }),
    ),
});

type Readable<T> = T extends (...given: never[]) => unknown
  ? T
  : T extends readonly (infer E)[]
    ? readonly Readable<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Readable<T[K]> }
      : T;

export type ParsedSync = Readable<z.output<typeof syncShape>>;
export type ParsedField = ParsedSync['fields'][string];
export type ParsedComputed = NonNullable<ParsedSync['computed']>[string];

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null;
}
