import { consent, defineTrivet, email, mailchimp, phone, postgres, tags, text } from 'trivet';

/** Your own row types, or those of your query builder: the compiler then knows every column. */
interface Database {
  'sales.contacts': {
    id: string;
    email: string | null;
    first_name: string | null;
    last_name: string | null;
    phone: string | null;
    labels: string[];
    email_status: string | null;
    is_internal: boolean;
  };
  suppliers: { country: string; number: number; mail: string | null; name: string };
}

export default defineTrivet({
  crm: postgres<Database>({ secret: 'crm/database' }),
  apps: {
    news: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }),
    supply: mailchimp({ audience: '9f8e7d6c5b', secret: 'mailchimp' }),
  },
  syncs: [
    {
      table: 'sales.contacts',
      key: 'id',
      app: 'news',
      match: { email: 'email_address' },
      include: (row) => row.email !== null && !row.is_internal,
      reads: ['is_internal'],
      fields: {
        email: { app: 'email_address', type: email(), owner: 'crm' },
        first_name: { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },
        phone: { app: 'merge_fields.PHONE', type: phone(), owner: 'shared', onConflict: 'newest' },
        labels: { app: 'tags', type: tags(), owner: 'shared', onConflict: 'union' },
        email_status: { app: 'status', type: consent(), owner: 'app' },
      },
      computed: {
        full_name: {
          app: 'merge_fields.FULL',
          type: text(255),
          from: (row) => [row.first_name, row.last_name].filter(Boolean).join(' '),
          reads: ['last_name'],
        },
      },
      create: 'both',
      onCrmDelete: 'archive',
      onAppDelete: 'leave',
      lanes: 3,
    },
    {
      table: 'suppliers',
      key: ['country', 'number'],
      app: 'supply',
      match: { mail: 'email_address' },
      fields: {
        mail: { app: 'email_address', type: email(), owner: 'crm' },
        name: { app: 'merge_fields.COMPANY', type: text(255), owner: 'crm' },
      },
      create: 'app',
      lanes: 3,
      everyMinutes: 15,
    },
  ],
});
