/** Who is in the CRM and in the audience before a run begins. The same people for the same numbers. */
import type { SeedMember } from '../../lib/local/mailchimp/simulator.ts';
import { createDice, createPerson, type Person } from '../../lib/local/sandbox/people.ts';
import type { SampleData } from '../../lib/local/sandbox/sample-data.ts';

const DAY_MS = 86_400_000;
const SEED = 1;

const peopleOf = (count: number): Person[] => {
  const dice = createDice(SEED);
  return Array.from({ length: count }, (_, index) => createPerson(dice, index));
};

/** Contacts that nobody has in the audience yet. */
export function onlyInCrm(count: number): SampleData {
  return {
    contacts: peopleOf(count).map((person) => ({ ...person, email_status: null })),
    members: [],
  };
}

/**
 * Everybody at both ends, and each of them with another city at the app: a field that the CRM owns, so
 * all of them are to be written.
 */
export function atBothEnds(count: number, now: number): SampleData {
  const people = peopleOf(count);
  return {
    contacts: people.map((person) => ({ ...person, email_status: null })),
    members: people.map((person, index) => memberOf(person, now - DAY_MS - index * 500)),
  };
}

/** Everybody at both ends and equal: nothing is to be done. */
export function inStep(count: number, now: number): SampleData {
  const { contacts, members } = atBothEnds(count, now);
  return {
    contacts,
    members: members.map((member, index) => ({
      ...member,
      merge_fields: { ...member.merge_fields, CITY: contacts[index]?.city ?? '' },
    })),
  };
}

/** The same, and all of them want mail: whoever asks for consent has them, too. */
export function subscribed(count: number, now: number): SampleData {
  const { contacts, members } = inStep(count, now);
  return {
    contacts: contacts.map((contact) => ({ ...contact, email_status: 'subscribed' })),
    members: members.map((member) => ({ ...member, status: 'subscribed' })),
  };
}

function memberOf(person: Person, changedAt: number): SeedMember {
  return {
    email_address: person.email,
    status: 'transactional',
    merge_fields: {
      FNAME: person.first_name,
      LNAME: person.last_name,
      PHONE: person.phone ?? '',
      COMPANY: person.company ?? '',
      CITY: `${person.city}-Nord`,
    },
    tags: person.tags,
    last_changed_ms: changedAt,
  };
}
