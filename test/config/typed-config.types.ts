/**
 * What the compiler refuses in a configuration. Nothing here is run: `npm run types` fails when a line below that
 * must not compile does, and when one that must, does not.
 */
import {
  boolean,
  consent,
  defineTrivet,
  email,
  mailchimp,
  number,
  phone,
  postgres,
  tags,
  text,
  timestamp,
} from '../../lib/config/index.ts';

/** As a code generator makes them: an interface of tables, nullable columns, dates, Kysely's generated columns. */
interface ContactRow {
  id: { readonly __select__: number; readonly __insert__: number | undefined };
  email: string | null;
  first_name: string | null;
  is_vip: boolean;
  score: number | null;
  labels: string[];
  extra: unknown;
  email_status: 'subscribed' | 'unsubscribed' | null;
  created_at: Date;
}

interface Database {
  contacts: ContactRow;
  'sales.leads': { lead_no: string; tenant: string; mail: string };
}

const crm = postgres<Database>({ secret: 'crm/database' });
const apps = {
  news: mailchimp({ audience: 'a1', secret: 'mailchimp' }),
  offers: mailchimp({ audience: 'a2', secret: 'mailchimp' }),
};

const EMAIL = { app: 'email_address', type: email(), owner: 'crm' } as const;

const CONTACTS = {
  table: 'contacts',
  key: 'id',
  app: 'news',
  match: { email: 'email_address' },
} as const;

export const accepted = () =>
  defineTrivet({
    crm,
    apps,
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        include: (row) => row.email !== null && row.is_vip && row.created_at > '2020',
        reads: ['created_at'],
        fields: {
          email: { app: 'email_address', type: email(), owner: 'crm' },
          first_name: { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },
          is_vip: { app: 'vip', type: boolean(), owner: 'crm' },
          score: { app: 'merge_fields.SCORE', type: number(), owner: 'shared' },
          labels: { app: 'tags', type: tags(), owner: 'shared', onConflict: 'union' },
          extra: { app: 'merge_fields.EXTRA', type: text(), owner: 'crm' },
          email_status: { app: 'status', type: consent(), owner: 'app' },
          created_at: { app: 'merge_fields.SINCE', type: timestamp(), owner: 'crm' },
        },
        computed: {
          greeting: {
            app: 'merge_fields.GREETING',
            type: text(255),
            from: (row) => `Dear ${row.first_name?.toUpperCase() ?? 'friend'}`,
            reads: ['first_name'],
          },
        },
        onAppDelete: 'mark',
        mark: { email_status: 'archived' },
      },
      {
        table: 'sales.leads',
        key: ['tenant', 'lead_no'],
        app: 'offers',
        match: { mail: 'email_address' },
        fields: { mail: EMAIL },
        everyMinutes: 15,
      },
    ],
  });

/** Without row types every column name is a text, and the apps' fields are known all the same. */
export const untyped = () =>
  defineTrivet({
    crm: postgres({ secret: 'crm/database' }),
    apps,
    syncs: [
      {
        table: 'anything',
        key: 'whatever',
        app: 'news',
        match: { mail: 'email_address' },
        include: (row) => row['x'] !== null,
        fields: {
          mail: EMAIL,
          // @ts-expect-error Mailchimp has no such field.
          name: { app: 'first_name', type: text(), owner: 'crm' },
        },
      },
    ],
  });

export const refused = () => [
  // @ts-expect-error There is no such table.
  defineTrivet({ crm, apps, syncs: [{ ...CONTACTS, table: 'contact', fields: { email: EMAIL } }] }),
  // @ts-expect-error There is no such app.
  defineTrivet({ crm, apps, syncs: [{ ...CONTACTS, app: 'ads', fields: { email: EMAIL } }] }),
  // @ts-expect-error There is no such key column.
  defineTrivet({ crm, apps, syncs: [{ ...CONTACTS, key: 'uid', fields: { email: EMAIL } }] }),
  defineTrivet({
    crm,
    apps,
    // @ts-expect-error There is no such column to match by.
    syncs: [{ ...CONTACTS, match: { mail: 'email_address' }, fields: { email: EMAIL } }],
  }),
  defineTrivet({
    crm,
    apps,
    // @ts-expect-error Nor a column of this name to map.
    syncs: [{ ...CONTACTS, fields: { email: EMAIL, frist_name: EMAIL } }],
  }),
  // @ts-expect-error Nor one to read.
  defineTrivet({ crm, apps, syncs: [{ ...CONTACTS, fields: { email: EMAIL }, reads: ['x'] }] }),
  // @ts-expect-error Nor one to mark.
  defineTrivet({ crm, apps, syncs: [{ ...CONTACTS, fields: { email: EMAIL }, mark: { x: '1' } }] }),
  defineTrivet({
    crm,
    apps,
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: EMAIL },
        // @ts-expect-error The filter asks for a column the table lacks.
        include: (row) => row.deleted_at === null,
      },
    ],
  }),
  defineTrivet({
    crm,
    apps,
    // @ts-expect-error A column belongs to its own table, not to another one of the database.
    syncs: [{ ...CONTACTS, fields: { email: EMAIL }, reads: ['lead_no'] }],
  }),
];

export const refusedFields = () => [
  defineTrivet({
    crm,
    apps,
    syncs: [
      {
        ...CONTACTS,
        fields: {
          email: EMAIL,
          // @ts-expect-error Merge tags are upper case.
          first_name: { app: 'merge_fields.fname', type: text(), owner: 'crm' },
        },
      },
    ],
  }),
  defineTrivet({
    crm,
    apps,
    syncs: [
      {
        ...CONTACTS,
        fields: {
          email: EMAIL,
          // @ts-expect-error The status holds consent and nothing else.
          email_status: { app: 'status', type: text(), owner: 'app' },
          // @ts-expect-error Consent goes nowhere but into the status.
          first_name: { app: 'merge_fields.FNAME', type: consent(), owner: 'app' },
          // @ts-expect-error A list is no phone.
          labels: { app: 'merge_fields.PHONE', type: phone(), owner: 'crm' },
        },
      },
    ],
  }),
];

export const refusedComputed = () => [
  defineTrivet({
    crm,
    apps,
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: EMAIL },
        computed: {
          full: {
            app: 'merge_fields.FULL',
            type: text(),
            // @ts-expect-error The row has no last name.
            from: (row) => `${row.first_name} ${row.last_name}`,
          },
          size: {
            app: 'merge_fields.SIZE',
            type: number(),
            // @ts-expect-error Numbers are told as text.
            from: (row) => row.score * 2,
          },
          sorted: {
            app: 'merge_fields.FIRST',
            type: text(),
            from: (row) => {
              // @ts-expect-error A list of the row is not for sorting it where it stands.
              const own: string[] = row.labels;
              return own.join();
            },
          },
        },
      },
    ],
  }),
  defineTrivet({
    crm,
    apps,
    // @ts-expect-error An option nobody knows.
    syncs: [{ ...CONTACTS, fields: { email: EMAIL }, everyMinute: 5 }],
  }),
];
