/** A CRM's contacts and the phone book at reception: people may correct either. */
import { defineTrivet, phone, postgres, text } from 'trivet';
import { phoneBook } from './connector.ts';

export default defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: { reception: phoneBook({ book: 'office', secret: 'phone-book' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'reception',
      match: { phone: 'phone' },
      include: (row) => row['phone'] !== null,
      fields: {
        phone: { app: 'phone', type: phone(), owner: 'crm' },
        full_name: { app: 'name', type: text(), owner: 'shared', onConflict: 'newest' },
        city: { app: 'city', type: text(), owner: 'shared', onConflict: 'newest' },
      },
      lanes: 2,
    },
  ],
});
