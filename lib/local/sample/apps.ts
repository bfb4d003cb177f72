/**
 * The sample CRM with as many apps as one likes: Mailchimp (`news`), a Meta audience (`ads`) and Dialpad (`calls`). One
 * table, and each column has one owner at most: Mailchimp says who has unsubscribed, and the others hear it from the CRM.
 */
import {
  consent,
  defineTrivet,
  dialpad,
  email,
  mailchimp,
  meta,
  optOut,
  phone,
  postgres,
  tags,
  text,
  type TrivetConfig,
} from '../../config/index.ts';

/** A Mailchimp audience, a Meta audience, Dialpad. */
export type SampleApp = 'news' | 'ads' | 'calls';

const GONE = ['unsubscribed', 'cleaned', 'archived'];

export const sampleConfig = (names: readonly SampleApp[]): TrivetConfig =>
  defineTrivet({
    crm: postgres({ secret: 'sandbox/crm' }),
    apps: {
      ...(names.includes('news')
        ? { news: mailchimp({ audience: '5a9d60c1e3', secret: 'sandbox/mailchimp' }) }
        : {}),
      ...(names.includes('ads')
        ? { ads: meta({ audience: '6123456789012', secret: 'sandbox/meta', country: 'DE' }) }
        : {}),
      ...(names.includes('calls')
        ? { calls: dialpad({ company: '5012345678901234', secret: 'sandbox/dialpad' }) }
        : {}),
    },
    syncs: [
      ...(names.includes('news') ? [NEWS] : []),
      ...(names.includes('ads') ? [ADS] : []),
      ...(names.includes('calls') ? [CALLS] : []),
    ],
  });

type Row = Readonly<Record<string, unknown>>;

/** As in trivet.config.ts beside this. */
const NEWS = {
  table: 'contacts',
  key: 'id',
  app: 'news',
  match: { email: 'email_address' },
  include: (row: Row) => row['email'] !== null,
  fields: {
    email: { app: 'email_address', type: email(), owner: 'crm' },
    first_name: { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },
    last_name: { app: 'merge_fields.LNAME', type: text(255), owner: 'crm' },
    phone: { app: 'merge_fields.PHONE', type: phone(), owner: 'shared', onConflict: 'newest' },
    company: { app: 'merge_fields.COMPANY', type: text(255), owner: 'crm' },
    city: { app: 'merge_fields.CITY', type: text(255), owner: 'crm' },
    email_status: { app: 'status', type: consent(), owner: 'app' },
    tags: { app: 'tags', type: tags(), owner: 'shared', onConflict: 'union' },
  },
  create: 'both',
  onCrmDelete: 'archive',
  onAppDelete: 'mark',
  mark: { email_status: 'archived' },
} as const;

/** Only who has said yes to mail is shown to advertising, and goes as soon as it is withdrawn. */
const ADS = {
  table: 'contacts',
  key: 'id',
  app: 'ads',
  match: { email: 'EMAIL' },
  include: (row: Row) => row['email'] !== null && row['email_status'] === 'subscribed',
  fields: {
    email: { app: 'EMAIL', type: email(), owner: 'crm' },
    phone: { app: 'PHONE', type: phone(), owner: 'crm' },
    first_name: { app: 'FN', type: text(255), owner: 'crm' },
    last_name: { app: 'LN', type: text(255), owner: 'crm' },
    city: { app: 'CT', type: text(255), owner: 'crm' },
    email_status: { app: 'consent', type: consent(), owner: 'crm' },
  },
} as const;

/** Whom the call center may call. What is corrected there while talking counts, and so does who wants no more calls or texts. */
const CALLS = {
  table: 'contacts',
  key: 'id',
  app: 'calls',
  match: { phone: 'phones.primary' },
  include: (row: Row) => row['phone'] !== null && !GONE.includes(String(row['email_status'])),
  reads: ['email_status'],
  fields: {
    phone: { app: 'phones.primary', type: phone(), owner: 'shared', onConflict: 'app' },
    first_name: { app: 'first_name', type: text(255), owner: 'crm' },
    last_name: { app: 'last_name', type: text(255), owner: 'crm' },
    company: { app: 'company_name', type: text(255), owner: 'crm' },
    email: { app: 'emails.primary', type: email(), owner: 'crm' },
    do_not_call: { app: 'blocked', type: optOut(), owner: 'crm' },
    sms_status: { app: 'sms_consent', type: consent(), owner: 'app' },
  },
  create: 'app',
  onCrmDelete: 'delete',
  onAppDelete: 'leave',
} as const;
