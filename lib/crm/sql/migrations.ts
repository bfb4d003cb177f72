/** All migrations in order. One that was released is never changed; what comes later is a new number. */
import { migration1 } from './migration-1.ts';

export interface Migration {
  readonly number: number;
  readonly text: string;
}

export const migrations: readonly Migration[] = [{ number: 1, text: migration1 }];
