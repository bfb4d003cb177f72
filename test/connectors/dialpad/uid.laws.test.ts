/** Our key in Dialpad's id: what is planted is found again, by nobody else, whatever the key looks like. */
import fc from 'fast-check';
import { idOfUid, plantUid, readKey } from '../../../lib/connectors/dialpad/uid.ts';
import type { CrmKey } from '../../../lib/engine/model.ts';

const key = (text: string): CrmKey => text as CrmKey;

const installations = fc.stringMatching(/^[A-Za-z0-9]{1,12}$/);
const companies = fc.stringMatching(/^[1-9]\d{0,15}$/);
const keys = fc
  .oneof(
    fc.nat().map(String),
    fc.uuid(),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.tuple(fc.string(), fc.string()).map((parts) => JSON.stringify(parts)),
    fc.constantFrom('~', '~41', '%41', '_uid_', '-', '..', 'a_uid_b-c', '😀', '"', 'ü'),
  )
  .filter((text) => text.isWellFormed())
  .map(key);

describe('a planted key', () => {
  test('is read back from the id, in the company and installation it was planted in', () => {
    fc.assert(
      fc.property(companies, installations, keys, (companyId, installation, planted) => {
        const id = idOfUid(companyId, plantUid(installation, planted));
        expect(readKey(id, { companyId, installation })).toBe(planted);
      }),
    );
  });

  test('P32 is read by no other installation and in no other company', () => {
    fc.assert(
      fc.property(
        companies,
        installations,
        installations,
        keys,
        (companyId, ours, theirs, made) => {
          fc.pre(ours !== theirs);
          const id = idOfUid(companyId, plantUid(theirs, made));
          expect(readKey(id, { companyId, installation: ours })).toBeNull();
          expect(readKey(id, { companyId: `${companyId}1`, installation: theirs })).toBeNull();
        },
      ),
    );
  });

  test('is one uid each, of characters that are safe everywhere', () => {
    fc.assert(
      fc.property(installations, keys, keys, (installation, a, b) => {
        const uids = [plantUid(installation, a), plantUid(installation, b)];
        expect(uids[0] === uids[1]).toBe(a === b);
        for (const uid of uids) expect(uid).toMatch(/^[A-Za-z0-9._~-]+$/);
      }),
    );
  });

  test('is never read into an id that we would not have written so', () => {
    fc.assert(
      fc.property(companies, fc.string({ unit: 'binary' }), (companyId, tail) => {
        const id = idOfUid(companyId, `trivet-${tail}`);
        const read = readKey(id, { companyId, installation: 'trivet' });
        const written = read === null ? id : idOfUid(companyId, plantUid('trivet', read));
        expect(written).toBe(id);
      }),
    );
  });
});

describe('an id', () => {
  const home = { companyId: '957', installation: 'trivet' };
  const idOf = (uid: string) => `shared_contact_pool_Company:957_uid_${uid}`;

  test('shows a plain key plainly', () => {
    expect(plantUid('trivet', key('17'))).toBe('trivet-17');
    expect(idOfUid('957', 'trivet-17')).toBe(idOf('trivet-17'));
    expect(plantUid('trivet', key('["a b","ü"]'))).toBe('trivet-~5B~22a~20b~22~2C~22~C3~BC~22~5D');
  });

  test.each([
    ['of a contact made by hand', '588023956919012'],
    ['of the pool itself', 'shared_contact_pool_Company:957'],
    ['of another tool', idOf('RF12345')],
    ['of another installation', idOf('trivet2-17')],
    ['of another company', 'shared_contact_pool_Company:958_uid_trivet-17'],
    ['without a key', idOf('trivet-')],
    ['with half an escape', idOf('trivet-~4')],
    ['with an escape of no character', idOf('trivet-~C3')],
    ['with a needless escape', idOf('trivet-~41')],
    ['with an escape in small letters', idOf('trivet-~c3~bc')],
    ['that is empty', ''],
  ])('%s holds no key of ours', (_name, id) => {
    expect(readKey(id, home)).toBeNull();
  });

  test.each(['', 'a-b', 'a_b', 'ü', 'a b'])('is not made for installation "%s"', (installation) => {
    expect(() => plantUid(installation, key('1'))).toThrow('letters and digits only');
  });
});
