/** An app that tells no changes: all of it is listed again and again, and compared. */
import type { SyncContext } from './context.ts';

export const isListed = ({ app }: Pick<SyncContext, 'app'>): boolean =>
  app.capabilities.delta === 'listing';
