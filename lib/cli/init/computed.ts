/** Merge fields no single column fills, but several together do: a full name, an address. One way, CRM → app. Pure. */
import { isTextColumn, type ColumnFacts, type TableFacts } from './facts.ts';
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
  // Each name once: a second full name is called by its tag.
  const names = new Set(columns.map(({ name }) => name));
  const computed = unfilled.flatMap(({ field: { tag, label, type } }): ComputedProposal[] => {
    const isFullName =
      type === 'text' && [tag, label].some((each) => meaningOf(each) === 'full_name');
    const made = isFullName
      ? fullName(tag, columns, names)
      : type === 'address'
        ? addressOf(tag, columns, names)
        : [];
    for (const { name } of made) names.add(name);
    return made;
  });
  return { computed };
}

/** A name no column has. */
const freeName = (wanted: string, tag: string, names: ReadonlySet<string>): string =>
  [wanted, `${wanted}_${tag.toLowerCase()}`, `${wanted}_${tag.toLowerCase()}_computed`].find(
    (name) => !names.has(name),
  ) ?? `${wanted}_${tag}_${names.size}`;

function fullName(
  tag: string,
  columns: readonly ColumnFacts[],
  names: ReadonlySet<string>,
): ComputedProposal[] {
  const [first, last] = ['first_name', 'last_name'].map((meaning) => textWith(columns, meaning));
  if (first === undefined || last === undefined) return [];
  return [
    {
      name: freeName('full_name', tag, names),
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
  const name = freeName(`${tag.toLowerCase()}_parts`, tag, names);
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
  columns.find((column) => meaningOf(column.name) === meaning && isTextColumn(column))?.name;
