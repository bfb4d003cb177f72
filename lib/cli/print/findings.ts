/** What the doctor found, the worst first, each with what mends it. */
import type { Finding, Remedy, Severity, Unchecked } from '../../ports/finding.ts';
import { paragraph, wrap, type Ink, type Shade } from './ink.ts';
import { countOf } from './words.ts';

const SHADES: Readonly<Record<Severity, Shade>> = { error: 'red', warning: 'yellow', note: 'cyan' };

export interface FindingsTold {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  readonly fixed: readonly string[];
}

export function formatFindings(
  ink: Ink,
  { findings, unchecked, fixed }: FindingsTold,
): readonly string[] {
  return [
    ...fixed.map((what) => `${ink.paint('green', 'made')}  ${what}`),
    ...findings.flatMap((finding) => [...formatFinding(ink, finding), '']),
    ...unchecked.flatMap(({ what, why }) =>
      wrap(`not looked at: ${what}: ${why}`, ink.width, '  '),
    ),
    summaryOf(ink, findings),
  ];
}

function formatFinding(ink: Ink, finding: Finding): readonly string[] {
  const { severity, code, where, sync, found, remedy } = finding;
  const whose = sync === null ? '' : `, ${sync}`;
  return [
    `${ink.paint(SHADES[severity], severity)}  ${ink.paint('bold', where)}${ink.paint('dim', ` (${code}${whose})`)}`,
    ...paragraph(found, ink.width, '  '),
    ...(remedy === null ? [] : formatRemedy(ink, remedy)),
  ];
}

/** SQL and commands stand alone in their lines, so that they can be copied. */
function formatRemedy(ink: Ink, remedy: Remedy): readonly string[] {
  switch (remedy.kind) {
    case 'advice':
      return paragraph(remedy.text, ink.width, '  ');
    case 'command':
      return [`    ${remedy.text}`];
    case 'sql': {
      const who = remedy.as === 'owner' ? 'the owner of the tables' : 'a superuser';
      const lines = remedy.text.split('\n');
      return [ink.paint('dim', `  to be run by ${who}:`), ...lines.map((line) => `    ${line}`)];
    }
  }
}

function summaryOf(ink: Ink, findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((each) => each.severity === severity).length;
  const errors = count('error');
  const rest = `${countOf(count('warning'), 'warning', 'warnings')}, ${countOf(count('note'), 'note', 'notes')}`;
  return errors === 0
    ? `${ink.paint('green', 'No errors')}; ${rest}.`
    : `${ink.paint('red', countOf(errors, 'error', 'errors'))}, ${rest}.`;
}
