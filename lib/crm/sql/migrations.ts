/** All migrations in order. One that was released is never changed; what comes later is a new number. */
import { migration1 } from './migration-1.ts';
import { migration2 } from './migration-2.ts';

export interface Migration {
  readonly number: number;
  readonly text: string;
}

export const migrations: readonly Migration[] = [
  { number: 1, text: migration1 },
  { number: 2, text: migration2 },
];

/** The one that notes what was granted. */
export const migration2Number = 2;

/** Even `if not exists` asks for the right to create; an upgrade should not need it. */
export const createSchema = `
create schema trivet;
create table trivet.migrations (number integer primary key, at timestamptz not null default now())`;

export const noteMigration = (number: number): string =>
  `insert into trivet.migrations (number) values (${number})`;
