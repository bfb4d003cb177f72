/** The narrated sandbox on a terminal, or as plain lines where nobody watches. */
import { requireMailchimp, type SandboxDescription } from '../../local/sandbox/description.ts';
import type { FirstSync } from '../../local/sandbox/history-tally.ts';
import type { EditTold, Progress, Stage } from '../../local/sandbox/stage.ts';
import { shorten, widthOf, wrap, type Ink } from './ink.ts';
import { formatBar } from './progress.ts';
import { formatPairs, formatTable } from './table.ts';
import { formatCount, formatDuration } from './words.ts';

/** Without a terminal, progress is worth a line every so many percent. */
const LINE_EVERY_PERCENT = 20;

export interface TerminalStage extends Stage {
  /** A line that the next one replaces, where the stream can do that. */
  transient(text: string): void;
}

export function createStage(ink: Ink, write: (text: string) => void): TerminalStage {
  let told = -1;
  const line = (text = ''): void => {
    // Also wipes the terminal's own ^C, and whatever line was there for a moment.
    write(`${ink.isTerminal ? '\r\u001b[K' : ''}${text}\n`);
  };
  const transient = (text: string): void => {
    if (!ink.isTerminal) return;
    write(`\r\u001b[K${text}`);
  };
  const lines = (texts: readonly string[]): void => texts.forEach((text) => line(text));
  return {
    transient,
    step: (text) => line(`${ink.paint('dim', '·')} ${text}`),
    progress: (progress) => {
      const text = formatProgress(ink, progress);
      transient(text);
      const percent = Math.floor((100 * progress.done) / Math.max(progress.total, 1));
      const stage = Math.floor(percent / LINE_EVERY_PERCENT);
      if (!ink.isTerminal && stage > told) line(text);
      told = Math.max(told, stage);
    },
    finishing: (text) => {
      if (ink.isTerminal) transient(`${ink.paint('dim', '·')} ${text}`);
      else line(`· ${text}`);
    },
    firstSync: (result) => lines(formatFirstSync(ink, result)),
    places: (description, { sync, key }) => {
      const { baseUrl, apiKey } = requireMailchimp(description);
      lines([
        '',
        ...formatPairs(ink, [
          ['CRM', description.crm.url],
          ['Mailchimp', `${baseUrl}  key ${apiKey}`],
          ...placesOf(description),
          ['control', `${description.control}  GET /status, POST /settle, POST /kill`],
        ]),
        '',
        `${ink.paint('bold', 'Try, in another terminal:')}`,
        `  npx trivet status`,
        `  npx trivet explain ${sync} ${key} email`,
        `  npx trivet conflicts`,
        '',
        ink.paint('dim', 'Now and then somebody edits one side. Ctrl-C stops everything.'),
        '',
      ]);
    },
    edit: (edit) => transient(`${formatEdit(ink, edit)} …`),
    arrived: (edit, tookMs) => {
      const took = ink.paint(tookMs < 2_000 ? 'green' : 'yellow', formatDuration(tookMs));
      line(`${formatEdit(ink, edit)}, ${took}`);
    },
    missing: (edit, waitedMs) => {
      const waited = `not there after ${formatDuration(waitedMs)}; see: npx trivet conflicts`;
      line(`${formatEdit(ink, edit)}: ${ink.paint('red', waited)}`);
    },
    note: (text) => lines(wrap(text, ink.width, '  ')),
  };
}

function placesOf({ meta, dialpad }: SandboxDescription): [string, string][] {
  return [
    ...(meta === undefined
      ? []
      : [['Meta', `${meta.baseUrl}  token ${meta.accessToken}`] as [string, string]]),
    ...(dialpad === undefined
      ? []
      : [['Dialpad', `${dialpad.baseUrl}  key ${dialpad.apiKey}`] as [string, string]]),
  ];
}

function formatProgress(ink: Ink, { done, total, elapsedMs }: Progress): string {
  const part = total === 0 ? 1 : done / total;
  const bar = formatBar(ink, part);
  const rate = elapsedMs < 500 ? '' : `, ${formatCount(Math.round((done * 1000) / elapsedMs))}/s`;
  const count = `${formatCount(done)} of ${formatCount(total)} records${rate}`;
  return ink.isTerminal ? `first sync ${bar} ${count}` : `first sync: ${count}`;
}

function formatFirstSync(ink: Ink, result: FirstSync): readonly string[] {
  const { tally, tookMs, apps, apiCalls, peakConnections } = result;
  const isAlone = apps === 1;
  const head =
    `First sync: ${formatCount(tally.records)} records in ${formatDuration(tookMs)}, ` +
    `${formatCount(apiCalls)} ${isAlone ? 'API calls' : 'calls to Mailchimp'}, at most ${peakConnections} at a time`;
  const rows = rowsOf(result);
  return [
    '',
    ink.paint('bold', head),
    '',
    ...formatTable(
      ink,
      [
        { head: 'what happened' },
        { head: isAlone ? 'in Mailchimp' : 'in the apps', align: 'right' },
        { head: 'in the CRM', align: 'right' },
      ],
      rows.map(({ name, app, crm }) => [name, formatCell(app), formatCell(crm)]),
      (text, row, column) => (column === 0 && rows[row]?.isPart ? ink.paint('dim', text) : text),
    ),
  ];
}

interface Row {
  readonly name: string;
  readonly app: number | null;
  readonly crm: number | null;
  readonly isPart: boolean;
}

function rowsOf({ tally, parked, unmatched }: FirstSync): readonly Row[] {
  const { updatedInApp, updatedInCrm } = tally;
  const fields = [...new Set([...Object.keys(updatedInApp), ...Object.keys(updatedInCrm)])];
  const row = (name: string, app: number | null, crm: number | null, isPart = false): Row => ({
    name: isPart ? `  ${name}` : name,
    app,
    crm,
    isPart,
  });
  return [
    row('on both sides, linked', tally.linked, tally.linked),
    row('equal already', tally.equal, tally.equal, true),
    ...fields.map((field) =>
      row(`${field} written`, updatedInApp[field] ?? null, updatedInCrm[field] ?? null, true),
    ),
    row('created', tally.createdInApp, tally.createdInCrm),
    ...Object.entries(parked).map(([reason, count]) =>
      row(`parked: ${shorten(reason, 48)}`, count, count),
    ),
    ...(unmatched > 0 ? [row('unmatched', unmatched, null)] : []),
  ];
}

const formatCell = (count: number | null): string => (count === null ? '' : formatCount(count));

function formatEdit(ink: Ink, { from, to, what, outcome }: EditTold): string {
  const arrow = ink.paint('dim', '→');
  const tail = outcome === undefined ? `${arrow} ${to}` : `${arrow} ${outcome}`;
  const room = ink.width - widthOf(`${from}: `) - widthOf(tail) - 12;
  return `${ink.paint('bold', `${from}:`)} ${shorten(what, Math.max(room, 20))} ${tail}`;
}
