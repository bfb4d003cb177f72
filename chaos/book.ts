/**
 * What people did, as they themselves would tell it: who came, went and withdrew, and what they wrote last. Nothing of how
 * Trivet works is in it. What the ends refused, or did not know yet, did not happen. Pure.
 */
export const EDITED = ['first_name', 'last_name', 'company', 'city'] as const;
export type Edited = (typeof EDITED)[number];

export interface Person {
  /** The address that was last given to them. */
  email: string;
  /** Those they had before. */
  readonly former: string[];
  /** Deleted in the CRM, or archived at Mailchimp: nobody touches them any more. */
  fate: 'there' | 'deleted' | 'archived';
  /** By themselves or by the vendor, at whichever end. Nobody in this story signs up again. */
  hasWithdrawn: boolean;
  /** What the CRM last said, of what the CRM owns. */
  readonly last: Partial<Record<Edited, string>>;
  /** Numbers that were given to them, and by which ends; the first was there before. */
  readonly phones: { readonly number: string; readonly by: 'crm' | 'mailchimp' | 'dialpad' }[];
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export class Book {
  readonly people: Person[] = [];
  private serial = 0;

  add(email: string, more: Partial<Pick<Person, 'hasWithdrawn'>> = {}): Person {
    const person: Person = {
      email,
      former: [],
      fate: 'there',
      hasWithdrawn: false,
      last: {},
      phones: [],
      ...more,
    };
    this.people.push(person);
    return person;
  }

  /** Those who can still be edited. */
  present(): readonly Person[] {
    return this.people.filter(({ fate }) => fate === 'there');
  }

  find(email: string): Person | undefined {
    return this.people.find((person) => isSame(person.email, email));
  }

  /** Under whichever address: an end may not have been told of their last one. */
  findUnderAny(email: string): Person | undefined {
    return this.people.find(({ email: last, former }) =>
      [last, ...former].some((one) => isSame(one, email)),
    );
  }

  /** Never the same twice, so that nobody is taken for another. */
  nextEmail(): string {
    return `chaos.${(this.serial += 1)}@sample.trivet.dev`;
  }

  nextPhone(): string {
    return `+4930${20_000_000 + (this.serial += 1)}`;
  }

  nextWord(): string {
    return `Word ${(this.serial += 1)}`;
  }
}
