/** The sync of the harness: one field of each kind, with the policies a scenario asks for. */
import { compileSync, type FieldInput, type SyncInput } from '../../../lib/config/define.ts';
import type { SyncConfig } from '../../../lib/config/model.ts';
import type { Policy } from '../../../lib/engine/model.ts';
import { consent, email, tags, text } from '../../../lib/engine/types/index.ts';

export interface SampleSyncOptions
  extends Partial<Pick<SyncInput, 'create' | 'onCrmDelete' | 'onAppDelete' | 'lanes'>> {
  /** What settles an edit of the shared phone at both ends. @default 'newest' */
  readonly phonePolicy?: Policy;
  /** The end that may grant consent. @default 'app' */
  readonly consentOwner?: 'crm' | 'app';
}

export const PATHS = {
  email: 'email_address',
  first_name: 'merge_fields.FNAME',
  city: 'merge_fields.CITY',
  phone: 'merge_fields.PHONE',
  email_status: 'status',
  tags: 'tags',
} as const;

export const PROFILE_PATHS = [PATHS.first_name, PATHS.city, PATHS.phone];

export function sampleSync(options: SampleSyncOptions = {}): SyncConfig {
  const { phonePolicy = 'newest', consentOwner = 'app', ...more } = options;
  const phone: FieldInput = {
    app: PATHS.phone,
    type: text(),
    owner: 'shared',
    onConflict: phonePolicy,
  };
  return compileSync({
    name: 'contacts-news',
    table: 'contacts',
    key: 'id',
    app: 'news',
    match: { email: PATHS.email },
    include: (row) => row['email'] !== null && row['active'] !== 'no',
    reads: ['active'],
    fields: {
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
    mark: { left_app: 'yes' },
    onAppDelete: 'mark',
    lanes: 2,
    ...more,
  });
}

/** What the table has, whichever of it is mapped. */
export const COLUMNS = [...sampleSync().columns, 'opt_in_at'];
