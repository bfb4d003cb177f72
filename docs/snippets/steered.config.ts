import { consent, defineTrivet, email, mailchimp, postgres, text } from 'trivet';

export default defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: { news: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'news',
      match: { email: 'email_address' },
      fields: {
        email: { app: 'email_address', type: email(), owner: 'crm' },
        first_name: { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },
        email_status: { app: 'status', type: consent(), owner: 'app' },
      },
      write: false,
      brakes: {
        perRun: { destroy: 100, create: '20%' },
        perDay: { archive: { records: 500, percent: 1 }, overwrite: 5000 },
      },
    },
  ],
});
