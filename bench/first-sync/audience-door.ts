/** A simulated Mailchimp by itself, and its API as a plain script uses it. */
import type { SampleContact } from '../../lib/local/sandbox/sample-data.ts';
import { startSimulatedMailchimp } from '../../lib/local/sandbox/simulated-mailchimp.ts';

export interface AudienceDoor {
  /** One batch call: members that are new, as a first sync makes them. */
  addBatch(contacts: readonly SampleContact[]): Promise<void>;
  /** One call for one member. */
  putOne(contact: SampleContact): Promise<void>;
  stop(): Promise<void>;
}

export async function openAudience(hashOf: (email: string) => string): Promise<AudienceDoor> {
  const mailchimp = await startSimulatedMailchimp(
    { seed: 1, endsWithStdin: false },
    () => undefined,
  );
  const list = `${mailchimp.baseUrl}/lists/${mailchimp.audienceId}`;
  const call = async (method: string, url: string, body: object): Promise<void> => {
    const headers = {
      authorization: `Bearer ${mailchimp.apiKey}`,
      'content-type': 'application/json',
    };
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  };
  return {
    addBatch: (contacts) =>
      call('POST', list, { members: contacts.map(memberOf), update_existing: false }),
    putOne: (contact) => call('PUT', `${list}/members/${hashOf(contact.email)}`, memberOf(contact)),
    stop: () => mailchimp.stop(),
  };
}

const memberOf = (contact: SampleContact) => ({
  email_address: contact.email,
  status_if_new: 'transactional',
  merge_fields: {
    FNAME: contact.first_name,
    LNAME: contact.last_name,
    PHONE: contact.phone ?? '',
    COMPANY: contact.company ?? '',
    CITY: contact.city,
  },
  ...(contact.tags.length > 0 ? { tags: contact.tags } : {}),
});
