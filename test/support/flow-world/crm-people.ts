/** Users of the CRM, and when they said that they are out. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { CrmTable } from './crm-table.ts';

/** Users of the CRM; each call is a transaction of its own. */
export interface CrmPeople {
  insert(values: Record<string, Value>): CrmKey;
  update(key: CrmKey, values: Record<string, Value>): void;
  remove(key: CrmKey): void;
}

const WITHDRAWN = new Set<Value>(['unsubscribed', 'cleaned', 'complained']);

export function createCrmPeople(table: CrmTable, withdrawals: Map<string, number>): CrmPeople {
  const note = (key: CrmKey, values: Record<string, Value>, before: string | null): void => {
    const after = values['email_status'] ?? null;
    // Saying it once more changes nothing, and nobody sees it.
    if (WITHDRAWN.has(after) && after !== before) withdrawals.set(key, table.options.now());
  };
  const within = <T>(work: (transaction: ReturnType<CrmTable['begin']>) => T): T => {
    const transaction = table.begin();
    try {
      return work(transaction);
    } finally {
      transaction.commit();
    }
  };
  return {
    insert: (values) => {
      const key = within((transaction) => transaction.insert(values));
      note(key, values, null);
      return key;
    },
    update: (key, values) => {
      note(key, values, table.rows.get(key)?.['email_status']?.text ?? null);
      within((transaction) => transaction.update(key, values));
    },
    remove: (key) => within((transaction) => transaction.remove(key)),
  };
}
