import { plainInk, widthOf, type Ink } from '../../lib/cli/print/ink.ts';
import { createStage } from '../../lib/cli/print/stage.ts';
import type { FirstSync } from '../../lib/local/sandbox/history-tally.ts';
import type { EditTold, Stage } from '../../lib/local/sandbox/stage.ts';

const terminal: Ink = { ...plainInk, isTerminal: true };

function playOn(ink: Ink, play: (stage: Stage) => void): string {
  let written = '';
  play(createStage(ink, (text) => (written += text)));
  return written;
}

const RESULT: FirstSync = {
  tally: {
    records: 2100,
    linked: 1500,
    equal: 1148,
    createdInApp: 500,
    createdInCrm: 100,
    updatedInApp: { phone: 110 },
    updatedInCrm: { email_status: 132 },
  },
  parked: { 'the CRM’s value cannot be used: it has characters no phone can dial': 2 },
  unmatched: 0,
  apps: 1,
  tookMs: 9_800,
  apiCalls: 334,
  peakConnections: 5,
};

const EDIT: EditTold = { from: 'CRM', to: 'Mailchimp', what: 'contact 17 last_name “Weber”' };

describe('the narrated sandbox', () => {
  test('on a terminal, progress stays on one line and shows count and rate', () => {
    const written = playOn(terminal, (stage) => {
      stage.progress({ done: 500, total: 2000, elapsedMs: 2_000 });
      stage.progress({ done: 1000, total: 2000, elapsedMs: 4_000 });
    });
    expect(written).not.toContain('\n');
    expect(written.split('\r').at(-1)).toMatch(/█{14}░{14} 1,000 of 2,000 records, 250\/s$/);
  });

  test('elsewhere, progress is a line now and then, without anything but text', () => {
    const written = playOn(plainInk, (stage) => {
      for (let done = 0; done <= 2000; done += 50)
        stage.progress({ done, total: 2000, elapsedMs: done + 1 });
    });
    const lines = written.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('first sync: 2,000 of 2,000 records, 1,000/s');
    // eslint-disable-next-line no-control-regex
    expect(written).not.toMatch(/[\r\u001b]/);
  });

  test('the first sync is told as a table whose numbers are the tally’s', () => {
    const lines = playOn(plainInk, (stage) => stage.firstSync(RESULT)).split('\n');
    expect(lines).toContain(
      'First sync: 2,100 records in 9.8 s, 334 API calls, at most 5 at a time',
    );
    const row = (start: string): readonly string[] =>
      lines
        .find((line) => line.trim().startsWith(start))
        ?.trim()
        .split(/ {2,}/)
        .slice(1) ?? [];
    expect(row('on both sides')).toEqual(['1,500', '1,500']);
    expect(row('created')).toEqual(['500', '100']);
    expect(row('phone written')).toEqual(['110']);
    expect(row('parked')).toEqual(['2', '2']);
    expect(lines.every((line) => widthOf(line) <= 80)).toBe(true);
  });

  test('an edit is a line once it has arrived, with the time it took', () => {
    const written = playOn(plainInk, (stage) => {
      stage.edit(EDIT);
      stage.arrived(EDIT, 820);
    });
    expect(written).toBe('CRM: contact 17 last_name “Weber” → Mailchimp, 0.8 s\n');
  });

  test('an edit that comes back says so, one that does not arrive sends the reader on', () => {
    const outcome = 'put back: the CRM owns it';
    const back = playOn(plainInk, (stage) => stage.arrived({ ...EDIT, outcome }, 1_000));
    expect(back).toContain('→ put back: the CRM owns it, 1.0 s');
    const lost = playOn(plainInk, (stage) => stage.missing(EDIT, 30_000));
    expect(lost).toContain('not there after 30.0 s; see: npx trivet conflicts');
  });

  test('a long edit is cut to the screen', () => {
    const long = { ...EDIT, what: `contact 17 last_name “${'x'.repeat(100)}”` };
    const written = playOn(plainInk, (stage) => stage.arrived(long, 820));
    expect(widthOf(written.trimEnd())).toBeLessThanOrEqual(80);
  });

  test('on a terminal a full line wipes what stood there for a moment', () => {
    const written = playOn(terminal, (stage) => {
      stage.edit(EDIT);
      stage.step('stopping');
    });
    expect(written.endsWith('…\r\u001b[K· stopping\n')).toBe(true);
  });
});
