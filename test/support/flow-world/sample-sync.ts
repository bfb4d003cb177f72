/** The sync of the harness: one field of each kind, with the policies a scenario asks for. */
import { compileSync, type FieldInput, type SyncInput } from '../../../lib/config/define.ts';
import type { SyncConfig } from '../../../lib/config/model.ts';
import type { Policy } from '../../../lib/engine/model.ts';
import { consent, email, tags, text } from '../../../lib/engine/types/index.ts';

export interface SampleSyncOptions
  extends Partial<
    Pick<
      SyncInput,
      | 'create'
      | 'onCrmDelete'
      | 'onAppDelete'
      | 'lanes'
      | 'write'
      | 'brakes'
      | 'include'
      | 'computed'
      | 'modified'
      | 'sweep'
    >
  > {
  /** What settles an edit of the shared phone at both ends. @default 'newest' */
  readonly phonePolicy?: Policy;
  /** The end that may grant consent. @default 'app' */
  readonly consentOwner?: 'crm' | 'app';
  /** Fields more, or mapped otherwise; null: not mapped. */
  readonly fields?: Readonly<Record<string, FieldInput | null>>;
}

export const PATHS = {
  email: 'email_address',
  first_name: 'merge_fields.FNAME',
  city: 'merge_fields.CITY',
  phone: 'merge_fields.PHONE',
  email_status: 'status',
  tags: 'tags',
} as const;

/** A field that is mapped only where a test asks for it. */
export const COMPANY = { app: 'merge_fields.COMPANY', type: text(), owner: 'crm' } as const;

/** What a computed field is made for, where a test asks for one. */
export const FULL_PATH = 'merge_fields.FULL';

export const PROFILE_PATHS = [PATHS.first_name, PATHS.city, PATHS.phone, COMPANY.app, FULL_PATH];

const compiled = new WeakMap<SampleSyncOptions, SyncConfig>();

/** Compiled once for the same options: a model wakes a hundred thousand worlds with them. */
export function sampleSync(options: SampleSyncOptions = {}): SyncConfig {
  const sync = compiled.get(options) ?? compileSample(options);
  compiled.set(options, sync);
  return sync;
}

function compileSample(options: SampleSyncOptions): SyncConfig {
  const { phonePolicy = 'newest', consentOwner = 'app', fields: others = {}, ...more } = options;
  const phone: FieldInput = {
    app: PATHS.phone,
    type: text(),
    owner: 'shared',
    onConflict: phonePolicy,
  };
  const input = {
    name: 'contacts-news',
    table: 'contacts',
    key: 'id',
    app: 'news',
    match: { email: PATHS.email },
    include: (row) => row['email'] !== null && row['active'] !== 'no',
    reads: ['active'],
    fields: withOthers(
      {
        email: { app: PATHS.email, type: email(), owner: 'crm' },
        first_name: { app: PATHS.first_name, type: text(40), owner: 'crm' },
        city: { app: PATHS.city, type: text(), owner: 'app' },
        phone,
        email_status: {
          app: PATHS.email_status,
          type: consent(consentOwner === 'crm' ? { optInAt: 'opt_in_at' } : {}),
          owner: consentOwner,
        },
        tags: { app: PATHS.tags, type: tags(), owner: 'shared', onConflict: 'union' },
      },
      others,
    ),
    mark: { left_app: 'yes' },
    onAppDelete: 'mark',
    lanes: 2,
    ...more,
  } as const satisfies SyncInput;
  return compileSync(input, { capture: more.modified === undefined ? 'log' : 'timestamp' });
}

function withOthers(
  fields: Readonly<Record<string, FieldInput>>,
  others: Readonly<Record<string, FieldInput | null>>,
): Record<string, FieldInput> {
  const entries = Object.entries({ ...fields, ...others });
  return Object.fromEntries(
    entries.flatMap(([column, field]) => (field === null ? [] : [[column, field] as const])),
  );
}

/** What the table has, whichever of it is mapped. */
export const COLUMNS = [...sampleSync().columns, 'opt_in_at', 'company', 'do_not_call'];
