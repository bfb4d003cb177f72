import { uniteTables } from '../../lib/crm/capture-plan.ts';
import { captureFunctions } from '../../lib/crm/sql/capture-function.ts';

const contacts = { table: { schema: 'public', name: 'contacts' }, key: ['id'], columns: ['email'] };

describe('what is captured', () => {
  test('two syncs of one table share one capture of all their columns', () => {
    const leads = { ...contacts, table: { schema: 'public', name: 'leads' } };
    expect(uniteTables([contacts, leads, { ...contacts, columns: ['phone', 'email'] }])).toEqual([
      { ...contacts, columns: ['email', 'phone'] },
      leads,
    ]);
  });

  test('two keys for one table are refused', () => {
    expect(() => uniteTables([contacts, { ...contacts, key: ['uuid'] }])).toThrow(/Give both/);
  });

  test('the function body cannot be left through a name', () => {
    const [statement] = captureFunctions({
      functionName: 'f',
      label: "$trivet$'; drop table x; --",
      key: ['$trivet_$'],
      columns: ['c'],
      hasOneText: true,
    });
    const sql = statement?.sql;
    expect(sql).toContain('as $trivet__$');
    expect(sql).toContain("'$trivet$''; drop table x; --'");
  });
});
