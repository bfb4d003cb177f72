/** Invented people, the same for the same seed: a small company's contacts. */

export interface Person {
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly phone: string | null;
  readonly company: string | null;
  readonly city: string;
  readonly tags: readonly string[];
}

const FIRST = [
  'Ada',
  'Bruno',
  'Chiara',
  'Dmitri',
  'Elif',
  'Femi',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Keiko',
  'Liam',
  'Mara',
  'Nils',
  'Olga',
  'Pavel',
  'Quinn',
  'Rosa',
  'Sven',
  'Tariq',
  'Uma',
  'Vera',
  'Wim',
  'Xenia',
  'Yusuf',
  'Zoë',
];
const LAST = [
  'Almeida',
  'Bauer',
  'Costa',
  'Dubois',
  'Eriksen',
  'Fischer',
  'García',
  'Hansen',
  'Ivanova',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Moretti',
  'Novak',
  'Okafor',
  'Petrov',
  'Rossi',
  'Schmidt',
  'Tanaka',
  'Usman',
  'Virtanen',
  'Weber',
  'Yılmaz',
  'Zhang',
];
const CITIES = [
  'Aarhus',
  'Bologna',
  'Cluj',
  'Dresden',
  'Ghent',
  'Haifa',
  'Kraków',
  'Lyon',
  'Malmö',
  'Porto',
  'Split',
  'Tartu',
  'Utrecht',
  'Vigo',
  'Zürich',
];
const COMPANIES = [
  'Acorn & Sons',
  'Blue Heron',
  'Cobalt Works',
  'Driftwood',
  'Elm Street Press',
  'Fjord Foods',
  null,
  null,
];
const TAGS = ['customer', 'lead', 'newsletter', 'partner', 'trade fair', 'vip'];

/** A seeded generator (mulberry32): small, and the same on every machine. */
export function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createPerson(dice: () => number, index: number): Person {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(dice() * from.length)] as T;
  const first = pick(FIRST);
  const last = pick(LAST);
  const mailbox = `${first}.${last}.${index}`
    .normalize('NFD')
    .replace(/[^A-Za-z0-9.]/g, '')
    .toLowerCase();
  return {
    email: `${mailbox}@sample.trivet.dev`,
    first_name: first,
    last_name: last,
    phone: dice() < 0.7 ? `+4930${String(1_000_000 + Math.floor(dice() * 8_999_999))}` : null,
    company: pick(COMPANIES),
    city: pick(CITIES),
    tags: TAGS.filter(() => dice() < 0.2),
  };
}
