import { consent, defineTrivet, email, meta, phone, postgres, text } from 'trivet';

export default defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: { ads: meta({ audience: '6123456789012', secret: 'meta', country: 'US' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'ads',
      match: { email: 'EMAIL' },
      include: (row) => row['wants_ads'] === true,
      reads: ['wants_ads'],
      fields: {
        email: { app: 'EMAIL', type: email(), owner: 'crm' },
        phone: { app: 'PHONE', type: phone({ defaultCountry: 'US' }), owner: 'crm' },
        first_name: { app: 'FN', type: text(), owner: 'crm' },
        email_status: { app: 'consent', type: consent(), owner: 'crm' },
      },
    },
  ],
});
