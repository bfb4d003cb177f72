/**
 * Reads `payload` and `session` of an upload: the schema, then row by row who is meant and which entries are
 * invalid. A request of the wrong shape is refused whole; a bad value costs its row alone.
 *   payload   https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 *   session   https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import { isPlainObject } from '../simulation/json.ts';
import { companionKeys, hashOfNothing, isValidCell, keyNamed } from './cells.ts';
import { allowed, graphErrors, invalidParameter, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { DataProcessing, Identifiers } from './model.ts';
import { flag, structured, wholeNumber } from './params.ts';
import type { Params } from './params.ts';

export const rowsMax = 10_000;

export interface UploadRow {
  readonly identifiers: Identifiers;
  readonly dataProcessing: DataProcessing | null;
}

export interface Payload {
  readonly keys: readonly string[];
  readonly rows: readonly UploadRow[];
  readonly received: number;
  /** The bad values, row by row. */
  readonly invalid: readonly (readonly string[])[];
  readonly emptyHashes: number;
}

export interface SessionPart {
  readonly id: string;
  readonly seq: number;
  readonly isLast: boolean;
}

export function parsePayload(params: Params): Ruled<Payload> {
  const payload = structured(params['payload']);
  if (!isPlainObject(payload)) {
    return refused(invalidParameter('The parameter payload is required'));
  }
  const keys = parseSchema(payload['schema']);
  if (!keys.ok) return keys;
  const { data } = payload;
  if (!Array.isArray(data) || data.length === 0) return misfit('data is missing');
  if (data.length > rowsMax) return refused(graphErrors['too-many-parameters']);
  if (keys.value.includes('PAGEUID') && !Array.isArray(payload['page_ids'])) {
    return refused(invalidParameter('PAGEUID needs page_ids'));
  }
  return readRows(keys.value, data as unknown[]);
}

/** `EMAIL_SHA256`, or a list of keys. */
function parseSchema(schema: unknown): Ruled<readonly string[]> {
  const names = typeof schema === 'string' ? [schema] : schema;
  if (!Array.isArray(names) || names.length === 0) return misfit('schema is missing');
  const keys: string[] = [];
  for (const name of names as unknown[]) {
    const key = typeof name === 'string' ? keyNamed(name) : null;
    if (key === null) return misfit(`${JSON.stringify(name)} is not a key`);
    if (keys.includes(key)) return misfit(`${key} comes twice`);
    keys.push(key);
  }
  return allowed(keys);
}

function readRows(keys: readonly string[], data: readonly unknown[]): Ruled<Payload> {
  const rows: UploadRow[] = [];
  const invalid: string[][] = [];
  let emptyHashes = 0;
  for (const [index, given] of data.entries()) {
    // With one key the list may be flat.
    const cells: unknown = keys.length === 1 && !Array.isArray(given) ? [given] : given;
    if (!Array.isArray(cells) || cells.length !== keys.length) {
      return misfit(`row ${index} has not ${keys.length} values`);
    }
    const read = readRow(keys, cells as unknown[]);
    emptyHashes += Object.values(read.row.identifiers).filter(isHashOfNothing).length;
    if (read.bad.length > 0) invalid.push(read.bad);
    else rows.push(read.row);
  }
  return allowed({ keys, rows, received: data.length, invalid, emptyHashes });
}

const isHashOfNothing = (value: string): boolean => value === hashOfNothing;

interface ReadRow {
  readonly row: UploadRow;
  readonly bad: string[];
}

function readRow(keys: readonly string[], cells: readonly unknown[]): ReadRow {
  const identifiers: Record<string, string> = {};
  const companions: Record<string, unknown> = {};
  const bad: string[] = [];
  for (const [index, key] of keys.entries()) {
    const cell = cells[index];
    if (companionKeys.includes(key)) companions[key] = cell;
    else if (cell === '' || cell === null) continue;
    else if (isValidCell(key, cell)) identifiers[key] = cell;
    else bad.push(textOf(cell));
  }
  if (bad.length === 0 && Object.keys(identifiers).length === 0) bad.push('');
  const dataProcessing = readDataProcessing(companions);
  if (dataProcessing === 'bad') bad.push(textOf(companions['DATA_PROCESSING_OPTIONS']));
  return {
    row: { identifiers, dataProcessing: dataProcessing === 'bad' ? null : dataProcessing },
    bad,
  };
}

/** `[]` or nothing: off. `["LDU"]`: on, for a place named by country and state, or to be found by the vendor (0). */
function readDataProcessing(companions: Record<string, unknown>): DataProcessing | null | 'bad' {
  const options = companions['DATA_PROCESSING_OPTIONS'] ?? '';
  if (options === '' || (Array.isArray(options) && options.length === 0)) return null;
  const isOn = Array.isArray(options) && options.length === 1 && options[0] === 'LDU';
  const country = wholeNumber(companions['DATA_PROCESSING_OPTIONS_COUNTRY'] || 0) ?? -1;
  const state = wholeNumber(companions['DATA_PROCESSING_OPTIONS_STATE'] || 0) ?? -1;
  const isPlace = (country === 0 && state === 0) || (country === 1 && state >= 1000);
  return isOn && isPlace ? { country, state } : 'bad';
}

const textOf = (cell: unknown): string => (typeof cell === 'string' ? cell : JSON.stringify(cell));

/** The vendor's sentence; it says no more, and does not say which row. */
function misfit(what: string): ReturnType<typeof refused> {
  return refused(invalidParameter(`Data is missing or does not match schema: ${what}`));
}

/** Null: the upload is a session of its own. */
export function parseSession(params: Params): Ruled<SessionPart | null> {
  const session = structured(params['session']);
  if (session === undefined && params['session'] === undefined) return allowed(null);
  if (!isPlainObject(session)) return wrongSession('must be an object');
  const id = sessionId(session['session_id']);
  if (id === null) return wrongSession('session_id must be a positive 64-bit integer');
  const seq = wholeNumber(session['batch_seq']);
  if (seq === null || seq < 1) return wrongSession('batch_seq must be a number from 1');
  const isLast = flag(session['last_batch_flag'] ?? false);
  if (isLast === null) return wrongSession('last_batch_flag must be true or false');
  const total = session['estimated_num_total'] ?? 0;
  if (wholeNumber(total) === null) return wrongSession('estimated_num_total must be a number');
  return allowed({ id, seq, isLast });
}

function sessionId(value: unknown): string | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (!/^[1-9]\d{0,18}$/.test(text)) return null;
  return BigInt(text) < 2n ** 63n ? text : null;
}

function wrongSession(what: string): ReturnType<typeof refused> {
  return refused(invalidParameter(`session: ${what}`));
}
