import { defineTrivet, email, mailchimp, postgres, text } from 'trivet';

export default defineTrivet({
  crm: postgres({ secret: 'crm/database', capture: 'timestamp' }),
  apps: { news: mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      modified: { column: 'updated_at', clock: 'app', overlapSeconds: 300 },
      app: 'news',
      match: { email: 'email_address' },
      fields: {
        email: { app: 'email_address', type: email(), owner: 'crm' },
        first_name: { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },
      },
    },
  ],
});
