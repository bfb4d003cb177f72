/**
 * Records in memory as the functions meet them: rows as Postgres gives them, members as Mailchimp sends
 * them, and the shadows that both have agreed on. A share of the rows was changed since.
 */
import type { SyncConfig } from '../../lib/config/model.ts';
import { observeMember } from '../../lib/connectors/mailchimp/mapping.ts';
import type { WireMember } from '../../lib/connectors/mailchimp/wire.ts';
import type { CrmKey, Pair, RecordState, RemoteId } from '../../lib/engine/model.ts';
import { appSide, crmSide } from '../../lib/flow/sides.ts';
import { newState } from '../../lib/flow/work.ts';
import { createDice, createPerson, type Person } from '../../lib/local/sandbox/people.ts';
import type { CrmRow } from '../../lib/ports/crm.ts';

export interface WorkRecord {
  readonly row: CrmRow;
  readonly member: WireMember;
  readonly state: RecordState;
}

export const pathsOf = (sync: SyncConfig): readonly string[] =>
  sync.spec.fields.map(({ path }) => path);

export interface Crowd {
  /** The share of rows that changed since. */
  readonly changed: number;
  /** No value is stored in the form the engine keeps it in. */
  readonly isMessy: boolean;
}

export function createWorkload(sync: SyncConfig, count: number, crowd: Crowd): WorkRecord[] {
  const dice = createDice(1);
  return Array.from({ length: count }, (_, index) => {
    const tidy = createPerson(dice, index);
    const person = crowd.isMessy ? messUp(tidy) : tidy;
    const member = memberOf(person, index);
    const key = String(index + 1) as CrmKey;
    const state = agreed(sync, { row: rowOf(key, person), member, state: newState(key) });
    const isChanged = (index * 37) % 100 < crowd.changed * 100;
    const now = isChanged ? { ...person, city: `${person.city} Ost` } : person;
    return { row: rowOf(key, now), member, state };
  });
}

/** The same person as other programs store them. */
const messUp = (person: Person): Person => ({
  email: ` ${person.email.toUpperCase()}`,
  first_name: `${person.first_name} `,
  last_name: ` ${person.last_name}`,
  phone: person.phone === null ? null : person.phone.replace(/^(\+49)(30)(\d{3})/, '$1 (0)$2 $3 '),
  company: person.company === null ? null : `${person.company}\t`,
  city: `${person.city}  `,
  tags: person.tags.map((tag) => `${tag} `).reverse(),
});

/** The record's state once both ends were equal. */
function agreed(sync: SyncConfig, { row, member, state }: WorkRecord): RecordState {
  const crm = crmSide(sync, row, null).fields;
  const app = appSide(sync.spec, observeMember(member, pathsOf(sync), 0)).fields;
  const pairs: Record<string, Pair> = {};
  for (const { fingerprint } of sync.spec.fields) {
    pairs[fingerprint] = { c: crm[fingerprint] ?? null, r: app[fingerprint] ?? null };
  }
  return {
    ...state,
    remoteId: (member.contact_id ?? null) as RemoteId | null,
    link: 'linked',
    shadow: { existence: { c: 'present', r: 'present' }, pairs },
  };
}

function rowOf(key: CrmKey, person: Person): CrmRow {
  const { tags, ...texts } = person;
  const columns = Object.entries({ ...texts, email_status: 'transactional' }).map(
    ([name, text]) => [name, { text, json: text }] as const,
  );
  const array = { text: `{${tags.map((tag) => `"${tag}"`).join(',')}}`, json: tags };
  return { key, columns: { ...Object.fromEntries(columns), tags: array } };
}

function memberOf(person: Person, index: number): WireMember {
  return {
    id: String(index).padStart(32, '0'),
    contact_id: String(index).padStart(32, 'c'),
    email_address: person.email,
    status: 'transactional',
    merge_fields: {
      FNAME: person.first_name,
      LNAME: person.last_name,
      PHONE: person.phone ?? '',
      COMPANY: person.company ?? '',
      CITY: person.city,
    },
    tags: person.tags.map((name, id) => ({ id, name })),
    tags_count: person.tags.length,
    last_changed: '2026-09-01T10:00:00+00:00',
  };
}
