/** The deeds of one record's judgement, on what both ends showed. */
import { deedsOf, type JudgedDeed } from '../engine/deeds.ts';
import type { SyncContext } from './context.ts';
import { appSideOf, type Work } from './work.ts';

export function deedsIn({ sync }: SyncContext, work: Work): readonly JudgedDeed[] {
  const shown = { crm: work.crm, app: appSideOf(sync, work) };
  return work.verdict === null ? [] : deedsOf(sync.spec.fields, work.verdict, shown);
}
