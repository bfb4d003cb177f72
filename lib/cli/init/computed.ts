/** Merge fields no single column fills, but several together do: a full name, an address. One way, CRM → app. Pure. */
import type { ColumnFacts, TableFacts } from './facts.ts';
import { pathOf, type FieldMap } from './map-fields.ts';
import { meaningOf } from './meaning.ts';

export interface ComputedProposal {
  readonly name: string;
  readonly app: string;
  readonly call: string;
  /** Columns by what they mean to it. */
  readonly parts: Readonly<Record<string, string>>;
  readonly reads: readonly string[];
  readonly makes: 'full name' | 'address';
}

export function proposeComputed(
  { columns }: TableFacts,
  { unfilled }: FieldMap,
): { readonly computed: readonly ComputedProposal[] } {
  const names = new Set(columns.map(({ name }) => name));
  const computed = unfilled.flatMap(({ field: { tag, label, type } }): ComputedProposal[] => {
    const isFullName =
      type === 'text' && [tag, label].some((each) => meaningOf(each) === 'full_name');
    if (isFullName) return fullName(tag, columns, names);
    return type === 'address' ? addressOf(tag, columns, names) : [];
  });
  return { computed };
}

/** A name no column has. */
const freeName = (wanted: string, names: ReadonlySet<string>): string =>
  names.has(wanted) ? `${wanted}_computed` : wanted;

function fullName(
  tag: string,
  columns: readonly ColumnFacts[],
  names: ReadonlySet<string>,
): ComputedProposal[] {
  const [first, last] = ['first_name', 'last_name'].map((meaning) => textWith(columns, meaning));
  if (first === undefined || last === undefined) return [];
  return [
    {
      name: freeName('full_name', names),
      app: pathOf(tag),
      call: 'text(255)',
      parts: { first, last },
      reads: [first, last],
      makes: 'full name',
    },
  ];
}

/** Mailchimp refuses an address that lacks one of these four. */
function addressOf(
  tag: string,
  columns: readonly ColumnFacts[],
  names: ReadonlySet<string>,
): ComputedProposal[] {
  const addr1 = textWith(columns, 'street') ?? textWith(columns, 'address');
  const [city, state, zip] = ['city', 'state', 'zip'].map((meaning) => textWith(columns, meaning));
  if (addr1 === undefined || city === undefined || state === undefined || zip === undefined)
    return [];
  const [addr2, country] = ['street2', 'country'].map((meaning) => textWith(columns, meaning));
  const parts = {
    addr1,
    ...(addr2 === undefined ? {} : { addr2 }),
    city,
    state,
    zip,
    ...(country === undefined ? {} : { country }),
  };
  const name = freeName(`${tag.toLowerCase()}_parts`, names);
  return [
    {
      name,
      app: pathOf(tag),
      call: 'address()',
      parts,
      reads: Object.values(parts),
      makes: 'address',
    },
  ];
}

const textWith = (columns: readonly ColumnFacts[], meaning: string): string | undefined =>
  columns.find(
    ({ name, kind, base }) =>
      meaningOf(name) === meaning &&
      kind === 'scalar' &&
      ['text', 'varchar', 'bpchar', 'citext'].includes(base),
  )?.name;
