/** Dialpad's description as a contract: what the checker must not let through, and what it cannot know. */
import { loadDialpadContract } from '../support/openapi-contract.ts';
import type { ContractExchange } from '../support/openapi-contract.ts';

const contract = loadDialpadContract();
const describeIfKnown = contract === null ? describe.skip : describe;
const contacts = '/api/v2/contacts';
const ok = { status: 200, responseBody: {} };
const names = { first_name: 'Ada', last_name: 'Lovelace' };

describeIfKnown('Dialpad’s description', () => {
  const wrongRequests: [string, ContractExchange][] = [
    ['an unknown operation', { method: 'GET', path: '/api/v2/contact', ...ok }],
    ['a limit', { method: 'GET', path: `${contacts}?limit=100`, ...ok }],
    ['a PUT without uid', { method: 'PUT', path: contacts, requestBody: names, ...ok }],
    ['a PUT without a name', { method: 'PUT', path: contacts, requestBody: { uid: '1' }, ...ok }],
    [
      'a PATCH with a uid',
      { method: 'PATCH', path: `${contacts}/1`, requestBody: { uid: '1' }, ...ok },
    ],
    [
      'phones as a text',
      { method: 'PATCH', path: `${contacts}/1`, requestBody: { phones: '+1' }, ...ok },
    ],
    ['opt-outs without a state', { method: 'GET', path: '/api/v2/company/1/smsoptout', ...ok }],
    [
      'a webhook’s id as a text',
      {
        method: 'POST',
        path: '/api/v2/subscriptions/contact',
        requestBody: { contact_type: 'shared', endpoint_id: '1000' },
        ...ok,
      },
    ],
  ];

  test.each(wrongRequests)('does not know %s', (_name, exchange) => {
    expect(contract?.requestViolations(exchange)).not.toEqual([]);
  });

  const wrongAnswers: [string, object][] = [
    ['an undeclared property', { id: '1', uid: '1' }],
    ['an id that is a number', { id: 1 }],
    ['phones as a text', { phones: '+14155550100' }],
    ['another type', { type: 'nope' }],
  ];

  test.each(wrongAnswers)('does not know %s in a contact', (_name, responseBody) => {
    const exchange = { method: 'GET', path: `${contacts}/1`, status: 200, responseBody };
    expect(contract?.responseViolations(exchange)).not.toEqual([]);
  });

  test('lets every field of a contact be null', () => {
    const responseBody = { id: '1', company_name: null, phones: null, type: 'shared' };
    const exchange = { method: 'GET', path: `${contacts}/1`, status: 200, responseBody };
    expect(contract?.responseViolations(exchange)).toEqual([]);
  });

  test('says nothing of refusals; what is known of them from others is held instead', () => {
    const refusal = { method: 'GET', path: `${contacts}/1`, status: 404 };
    const known = { error: { message: 'Not found.' } };
    expect(contract?.responseViolations({ ...refusal, responseBody: known })).toEqual([]);
    expect(contract?.responseViolations({ ...refusal, responseBody: {} })).not.toEqual([]);
  });
});
