/**
 * What the catalog of a database says, as text lines: everything a person could notice. Hints that VACUUM
 * keeps (`relhastriggers`, statistics) and the numbers of objects are left out; rights are told as they
 * act, so that "never granted" and "granted and taken back" are the same.
 */
import type { Client } from 'pg';

const QUERIES: readonly string[] = [
  `select 'schema', n.nspname, ${rights('n.nspacl', 'n', 'n.nspowner')} from pg_namespace n
   where n.nspname !~ '^pg_(toast_)?temp_'`,
  `select 'relation', c.oid::regclass, c.relkind, c.relpersistence, c.relfilenode, c.reloptions,
     c.relrowsecurity, c.relreplident, ${rights('c.relacl', `case c.relkind when 'S' then 's' else 'r' end`, 'c.relowner')}
   from pg_class c where c.relnamespace <> 'pg_catalog'::regnamespace and c.relkind <> 't'
     and c.relnamespace::regnamespace::text !~ '^pg_(toast|temp)'`,
  `select 'column', a.attrelid::regclass, a.attnum, a.attname, a.atttypid::regtype, a.attnotnull, a.attisdropped,
     pg_get_expr(d.adbin, d.adrelid), array(select x::text from aclexplode(a.attacl) x order by 1)
   from pg_attribute a join pg_class c on c.oid = a.attrelid
   left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)' and c.relkind <> 'i'`,
  `select 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) from pg_trigger t`,
  `select 'function', p.oid::regprocedure, md5(p.prosrc), p.proconfig, ${rights('p.proacl', 'f', 'p.proowner')}
   from pg_proc p where p.pronamespace <> 'pg_catalog'::regnamespace`,
  `select 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint where conrelid <> 0`,
  `select 'type', t.oid::regtype, t.typtype from pg_type t
   where t.typnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
  `select 'role setting', r.setrole, r.setdatabase, r.setconfig from pg_db_role_setting r`,
  `select 'database', d.datname, ${rights('d.datacl', 'd', 'd.datdba')} from pg_database d where d.datname = current_database()`,
  `select 'extension', extname from pg_extension`,
  `select 'event trigger', evtname from pg_event_trigger`,
  `select 'publication', pubname from pg_publication`,
];

function rights(acl: string, kind: string, owner: string): string {
  const of = kind.startsWith('case') ? `(${kind})::"char"` : `'${kind}'::"char"`;
  return `array(select x::text from aclexplode(coalesce(${acl}, acldefault(${of}, ${owner}))) x order by 1)`;
}

export async function dumpCatalog(client: Client): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const text of QUERIES) {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    lines.push(...rows.map((row) => JSON.stringify(row)));
  }
  return lines.toSorted();
}
