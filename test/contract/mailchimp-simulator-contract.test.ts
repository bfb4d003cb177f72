/** The contract checker itself: what it must not let through. */
import { loadMailchimpContract } from '../support/openapi-contract.ts';
import type { ContractExchange } from '../support/openapi-contract.ts';

const contract = loadMailchimpContract();
const describeIfKnown = contract === null ? describe.skip : describe;
const list = '/lists/abc';
const ok = { status: 200, responseBody: {} };

describeIfKnown('the contract checker', () => {
  const wrongRequests: [string, ContractExchange][] = [
    ['an unknown operation', { method: 'GET', path: '/nowhere', ...ok }],
    ['a page that is too large', { method: 'GET', path: `${list}/members?count=5000`, ...ok }],
    ['a misspelt query key', { method: 'GET', path: `${list}/members?since=now`, ...ok }],
    [
      'a misspelt body key',
      {
        method: 'PUT',
        path: `${list}/members/x`,
        requestBody: { email_address: 'a@b.test', merge_feilds: {} },
        ...ok,
      },
    ],
    [
      'a status nobody may send',
      {
        method: 'POST',
        path: `${list}/members`,
        requestBody: { email_address: 'a@b.test', status: 'archived' },
        ...ok,
      },
    ],
    [
      'too many rows',
      {
        method: 'POST',
        path: list,
        requestBody: { members: Array.from({ length: 501 }, () => ({ status: 'subscribed' })) },
        ...ok,
      },
    ],
    [
      'a row without a status',
      { method: 'POST', path: list, requestBody: { members: [{ email_address: 'a' }] }, ...ok },
    ],
    [
      'tags as strings',
      { method: 'POST', path: `${list}/members/x/tags`, requestBody: { tags: ['vip'] }, ...ok },
    ],
  ];

  test.each(wrongRequests)('catches %s', (_name, exchange) => {
    expect(contract?.requestViolations(exchange)).not.toEqual([]);
  });

  const wrongAnswers: [string, ContractExchange][] = [
    [
      'an undeclared property',
      { method: 'GET', path: `${list}/members/x`, status: 200, responseBody: { contactId: '1' } },
    ],
    [
      'a bad time',
      {
        method: 'GET',
        path: `${list}/members/x`,
        status: 200,
        responseBody: { last_changed: 'now' },
      },
    ],
    [
      'a problem without a title',
      {
        method: 'GET',
        path: list,
        status: 404,
        responseBody: { status: 404, detail: '', instance: '' },
      },
    ],
    [
      'a body where there is none',
      { method: 'DELETE', path: `${list}/members/x`, status: 204, responseBody: {} },
    ],
    [
      'a contact id in a bulk row',
      {
        method: 'POST',
        path: list,
        status: 200,
        responseBody: { new_members: [{ contact_id: 'x' }] },
      },
    ],
  ];

  test.each(wrongAnswers)('catches %s in an answer', (_name, exchange) => {
    expect(contract?.responseViolations(exchange)).not.toEqual([]);
  });

  test('lets a refused request be wrong, and an injected answer be anything', () => {
    const problem = { title: 'Invalid Resource', status: 400, detail: '', instance: '' };
    const refused = { method: 'GET', path: `${list}/members?count=5000`, status: 400 };
    expect(contract?.check({ ...refused, responseBody: problem })).toEqual([]);
    const injected = { method: 'GET', path: `${list}/members`, status: 502, fault: 'status' };
    expect(contract?.check(injected)).toEqual([]);
    expect(contract?.operationsSeen()).toContain('GET /lists/{list_id}/members');
  });
});
