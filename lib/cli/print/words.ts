/** Values, times and numbers as people read them. Pure. */
import { isKept } from '../../engine/kept-digest.ts';
import type { End } from '../../engine/model.ts';
import type { Json, Value } from '../../engine/value.ts';

export function formatValue(value: Value): string {
  if (value === null) return '(empty)';
  if (isKept(value)) return '(kept as a digest)';
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isList(value)) return value.length === 0 ? '(none)' : value.join(', ');
  const parts = Object.values(value).filter((part) => part !== '');
  return parts.length === 0 ? '(empty)' : parts.join(', ');
}

/** In quotes, unless it says that there is nothing. */
export function quoteValue(value: Value): string {
  const text = formatValue(value);
  return text.startsWith('(') ? text : `“${text}”`;
}

/** What a field's type cannot read, as it stands there. */
export const formatRaw = (raw: Json): string =>
  typeof raw === 'string' ? `“${raw}”` : JSON.stringify(raw);

/**
 * The ends a person may take a value from: not one whose value nobody can read. In brackets, for whoever
 * pastes the line: bare bars would be pipes, and the first choice be carried out.
 */
export const takeWords = (unreadable: readonly End[]): string =>
  `<${[...(['crm', 'app'] as const).filter((end) => !unreadable.includes(end)), 'VALUE'].join('|')}>`;

const isList = (value: object): value is readonly string[] => Array.isArray(value);

export const formatCount = (count: number): string => count.toLocaleString('en-US');

export const countOf = (count: number, one: string, more: string): string =>
  `${formatCount(count)} ${count === 1 ? one : more}`;

export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The clock on the reader's wall, with the date when it is not today's. */
export function formatTime(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toTimeString().slice(0, 8);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${date.toISOString().slice(0, 10)} ${time}`;
}

/** With one full stop, whoever wrote it. */
export const asSentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** Quoted for a shell where it has to be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
