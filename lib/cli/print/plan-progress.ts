/** How far a plan, or its carrying out, is: one line that is written anew in place. */
import type { RehearsalProgress } from '../../plan/rehearse.ts';
import type { Ink } from './ink.ts';
import { formatBar, type Pace } from './progress.ts';
import { formatCount, formatDuration } from './words.ts';

const STAGES: Readonly<Record<RehearsalProgress['stage'], string>> = {
  listing: 'listing the app',
  app: 'judging the app’s records',
  crm: 'judging the CRM’s rows',
  again: 'looking again at whom was set aside',
};

export const formatStep = (
  ink: Ink,
  name: string,
  { stage, done, total }: RehearsalProgress,
  pace: Pace,
): string =>
  formatAdvance(ink, `${ink.paint('bold', name)}  ${STAGES[stage]}`, { done, total }, pace);

export function formatAdvance(
  ink: Ink,
  head: string,
  { done, total }: { readonly done: number; readonly total: number | null },
  { rate, leftMs }: Pace,
): string {
  const speed = rate === null ? '' : `, ${formatCount(Math.round(rate))}/s`;
  const left = leftMs === null ? '' : `, about ${formatDuration(leftMs)} left`;
  if (total === null || total === 0) return `${head}: ${formatCount(done)}${speed}`;
  const part = Math.min(done, total);
  return `${head} ${formatBar(ink, part / total)} ${formatCount(part)} of about ${formatCount(total)}${speed}${left}`;
}
