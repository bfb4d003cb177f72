/** The sandbox's sync: the table `contacts` and a simulated Mailchimp audience. A good one to start your own from. */
import {
  consent,
  defineTrivet,
  email,
  mailchimp,
  phone,
  postgres,
  tags,
  text,
} from '../../config/index.ts';

export default defineTrivet({
  crm: postgres({ secret: 'sandbox/crm' }),
  apps: { news: mailchimp({ audience: '5a9d60c1e3', secret: 'sandbox/mailchimp' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'news',
      match: { email: 'email_address' },
      include: (row) => row['email'] !== null,
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
    },
  ],
});
