/** Who bears which identifier, on DynamoDB: exact whatever is done twice. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { useStateTables } from './state-store-tables.ts';

const sync = 'contacts-ads';
const newTables = useStateTables();
const ann = '1' as CrmKey;
const bob = '2' as CrmKey;

describe('the holders of identifiers', () => {
  test('are counted once, however often they are put, and gone once dropped', async () => {
    const { store } = await newTables();
    const both = [
      { id: 'e:a', key: ann },
      { id: 'e:a', key: bob },
      { id: 'p:1', key: bob },
    ];
    await store.putHolders(sync, [...both, ...both]);
    await store.putHolders(sync, both);
    const held = await store.holdersOf(sync, ['e:a', 'p:1', 'e:nobody'], 10);
    expect([...held]).toEqual([
      ['e:a', [ann, bob]],
      ['p:1', [bob]],
    ]);
    await store.dropHolders(sync, [{ id: 'e:a', key: ann }]);
    await store.dropHolders(sync, [{ id: 'e:a', key: ann }]);
    expect([...(await store.holdersOf(sync, ['e:a'], 10))]).toEqual([['e:a', [bob]]]);
  });

  test('are shown up to a limit, and are another sync’s in another sync', async () => {
    const { store } = await newTables();
    const keys = Array.from({ length: 40 }, (_, index) => String(index) as CrmKey);
    await store.putHolders(
      sync,
      keys.map((key) => ({ id: 'e:office', key })),
    );
    expect((await store.holdersOf(sync, ['e:office'], 3)).get('e:office')).toHaveLength(3);
    expect((await store.holdersOf(sync, ['e:office'], 100)).get('e:office')).toHaveLength(40);
    expect((await store.holdersOf('other', ['e:office'], 3)).size).toBe(0);
  });
});
