/** What a name means: `FNAME`, `first_name`, `Vorname` and “Given name” are one thing. Pure. */

/** The first word list that has the name says what it means. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  email: [
    'email',
    'e mail',
    'mail',
    'email address',
    'mail address',
    'emailaddress',
    'primary email',
    'email primary',
    'contact email',
    'user email',
    'email addr',
  ],
  first_name: [
    'first name',
    'firstname',
    'fname',
    'first',
    'given name',
    'givenname',
    'forename',
    'vorname',
    'prenom',
    'nombre',
    'voornaam',
  ],
  last_name: [
    'last name',
    'lastname',
    'lname',
    'last',
    'surname',
    'family name',
    'familyname',
    'nachname',
    'nom',
    'apellido',
    'apellidos',
    'achternaam',
  ],
  full_name: ['name', 'full name', 'fullname', 'display name', 'contact name', 'person name'],
  phone: [
    'phone',
    'phone number',
    'phonenumber',
    'telephone',
    'tel',
    'telefon',
    'telefono',
    'mobile',
    'mobile phone',
    'mobile number',
    'cell',
    'cell phone',
    'handy',
    'contact phone',
    'sms phone',
  ],
  company: [
    'company',
    'company name',
    'organisation',
    'organization',
    'organisation name',
    'organization name',
    'org',
    'firma',
    'employer',
    'account name',
    'business',
  ],
  job: ['job', 'job title', 'jobtitle', 'title', 'position', 'role', 'occupation'],
  street: [
    'street',
    'street address',
    'addr1',
    'address1',
    'address line 1',
    'address line1',
    'line1',
    'strasse',
  ],
  street2: ['street2', 'addr2', 'address2', 'address line 2', 'address line2', 'line2'],
  city: ['city', 'town', 'ort', 'stadt', 'ville', 'ciudad', 'locality'],
  state: ['state', 'region', 'province', 'county', 'bundesland'],
  zip: ['zip', 'zip code', 'zipcode', 'postcode', 'post code', 'postal code', 'plz'],
  country: ['country', 'country code', 'land', 'pays', 'pais'],
  address: [
    'address',
    'adresse',
    'mailing address',
    'postal address',
    'billing address',
    'shipping address',
  ],
  birthday: [
    'birthday',
    'birth date',
    'birthdate',
    'date of birth',
    'dob',
    'born',
    'born on',
    'geburtstag',
    'geburtsdatum',
  ],
  website: ['website', 'web site', 'url', 'homepage', 'web', 'site'],
  language: ['language', 'lang', 'locale', 'preferred language', 'sprache'],
  gender: ['gender', 'sex', 'geschlecht'],
  vip: ['vip', 'is vip'],
  tags: ['tags', 'tag', 'labels', 'tag list', 'tag names', 'segments', 'interests', 'keywords'],
  consent: [
    'email status',
    'status',
    'subscription status',
    'mailing status',
    'marketing status',
    'consent',
    'email consent',
    'marketing consent',
    'newsletter status',
    'newsletter',
    'subscribed',
    'is subscribed',
    'opt in',
    'email opt in',
    'newsletter opt in',
    'marketing opt in',
    'optin',
    'subscription',
    'subscription state',
    'mailchimp status',
  ],
  deleted: [
    'deleted at',
    'deleted',
    'is deleted',
    'deleted on',
    'date deleted',
    'removed at',
    'archived at',
    'is archived',
  ],
};

const MEANING_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(MEANINGS).flatMap(([meaning, names]) =>
    names.map((name) => [name, meaning] as const),
  ),
);

/** Lower case words, whichever way they were joined: `firstName`, `First-Name`, `FIRST_NAME`. Accents are dropped. */
export function wordsOf(name: string): readonly string[] {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const joined = (name: string): string => wordsOf(name).join(' ');

/** Null: a name of the user's own. */
export function meaningOf(name: string): string | null {
  const words = wordsOf(name);
  // `contact_first_name`, `customerEmail`: what the table is called is often said once more.
  const candidates = [words, words.slice(1)].map((each) => each.join(' '));
  return candidates.map((each) => MEANING_OF.get(each)).find((each) => each !== undefined) ?? null;
}

/** How much two names speak for one thing, 0 to 1. */
export function likeness(name: string, other: string): number {
  const [a, b] = [joined(name), joined(other)];
  if (a === '' || b === '') return 0;
  if (a === b || a.replaceAll(' ', '') === b.replaceAll(' ', '')) return 1;
  const [meaning, others] = [meaningOf(name), meaningOf(other)];
  if (meaning !== null && meaning === others) return 0.9;
  // Two names that are known to mean different things share a word by chance: first name, last name.
  if (meaning !== null && others !== null) return 0;
  const [words, otherWords] = [new Set(a.split(' ')), new Set(b.split(' '))];
  const common = [...words].filter((word) => otherWords.has(word)).length;
  return common / new Set([...words, ...otherWords]).size;
}
