/**
 * What the sandbox begins with: N contacts in the CRM, three quarters of them in Mailchimp too (some
 * edited on one side since), and a twentieth of N whom only Mailchimp knows.
 */
import type { SeedMember } from '../mailchimp/simulator.ts';
import { createDice, createPerson, type Person } from './people.ts';

export interface SampleContact extends Person {
  readonly email_status: string | null;
}

export interface SampleData {
  readonly contacts: readonly SampleContact[];
  readonly members: readonly SeedMember[];
}

const DAY_MS = 86_400_000;

export function createSampleData(contactCount: number, seed: number, now: number): SampleData {
  const dice = createDice(seed);
  const shared = Math.floor(contactCount * 0.75);
  const strangers = Math.floor(contactCount * 0.05);
  const contacts: SampleContact[] = [];
  const members: SeedMember[] = [];
  for (let index = 0; index < contactCount; index += 1) {
    const person = createPerson(dice, index);
    if (index >= shared) {
      contacts.push({ ...person, email_status: null });
      continue;
    }
    const status = statusFor(dice());
    // An edit of a CRM-owned field, a status the CRM has not heard of, a phone only one side has.
    const edited = dice() < 0.1 ? { ...person, city: `${person.city}-Nord` } : person;
    contacts.push({ ...edited, email_status: dice() < 0.9 ? status : null });
    members.push(
      memberOf(
        dice() < 0.9 ? person : { ...person, phone: null },
        status,
        now - dice() * 90 * DAY_MS,
      ),
    );
  }
  for (let index = 0; index < strangers; index += 1) {
    members.push(
      memberOf(createPerson(dice, contactCount + index), 'subscribed', now - dice() * 90 * DAY_MS),
    );
  }
  return { contacts, members };
}

const statusFor = (roll: number): 'subscribed' | 'unsubscribed' | 'transactional' =>
  roll < 0.8 ? 'subscribed' : roll < 0.9 ? 'unsubscribed' : 'transactional';

function memberOf(
  person: Person,
  status: NonNullable<SeedMember['status']>,
  changedAt: number,
): SeedMember {
  return {
    email_address: person.email,
    status,
    merge_fields: {
      FNAME: person.first_name,
      LNAME: person.last_name,
      PHONE: person.phone ?? '',
      COMPANY: person.company ?? '',
      CITY: person.city,
    },
    tags: person.tags,
    last_changed_ms: Math.floor(changedAt),
  };
}
