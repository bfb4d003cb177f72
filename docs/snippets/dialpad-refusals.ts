import { consent, defineTrivet, dialpad, optOut, phone, postgres, text } from 'trivet';

export default defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: { calls: dialpad({ company: '5012345678901234', secret: 'dialpad' }) },
  syncs: [
    {
      table: 'contacts',
      key: 'id',
      app: 'calls',
      match: { phone: 'phones.primary' },
      include: (row) => row['phone'] !== null,
      fields: {
        phone: { app: 'phones.primary', type: phone(), owner: 'shared', onConflict: 'app' },
        first_name: { app: 'first_name', type: text(), owner: 'crm' },
        last_name: { app: 'last_name', type: text(), owner: 'crm' },
        do_not_call: { app: 'blocked', type: optOut({ optInAt: 'call_consent_at' }), owner: 'crm' },
        sms_status: { app: 'sms_consent', type: consent(), owner: 'app' },
      },
      create: 'app',
      onCrmDelete: 'delete',
    },
  ],
});
