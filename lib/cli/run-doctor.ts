/** What `trivet doctor` does: looks at both ends of every sync at once, mends what it may, and tells the rest. */
import type { SyncConfig } from '../config/model.ts';
import type { Fix } from '../ports/examine.ts';
import type { Finding, Severity, Unchecked } from '../ports/finding.ts';
import { confirm } from './confirm.ts';
import { examineApp, newBudget, type ExaminedApp } from './examine-app.ts';
import { examineCrmEnd } from './examine-crm.ts';
import { EXIT } from './failure.ts';
import { formatFindings } from './print/findings.ts';
import { openSetup, type Setup } from './setup.ts';
import { chosenSyncs } from './target.ts';
import { answerOn, nameTarget, type Answer, type TargetOptions } from './with-target.ts';

export interface DoctorCommand extends TargetOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

export async function runDoctor(name: string | undefined, options: DoctorCommand): Promise<void> {
  await answerOn(
    options,
    () => openSetup(options),
    (setup) => examine(setup, chosenSyncs(setup, name), options),
  );
}

async function examine(
  setup: Setup,
  syncs: readonly SyncConfig[],
  options: DoctorCommand,
): Promise<Answer> {
  const [crm, state, ...apps] = await Promise.all([
    examineCrmEnd(setup, syncs),
    examineState(setup, syncs),
    ...syncs.map((sync) => examineApp(setup, sync)),
  ]);
  const mended =
    options.fix === true ? await mend(setup, syncs, apps, options) : { apps, fixed: [] };
  const all = [crm, state, ...mended.apps];
  const findings = all.flatMap((each) => each.findings).toSorted(byWeight);
  const unchecked = [...all.flatMap((each) => each.unchecked), ...blindSpots(setup)];
  return answerOf(syncs, findings, { unchecked, fixed: mended.fixed });
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };
const byWeight = (a: Finding, b: Finding): number => WEIGHT[a.severity] - WEIGHT[b.severity];

/** What this machine cannot see whatever it does. */
const blindSpots = ({ mode, config }: Setup): readonly Unchecked[] =>
  mode !== 'aws'
    ? []
    : [
        {
          what: 'the functions’ own way to both ends',
          why: `everything was reached from this machine, the functions run ${config.crm.network.kind === 'vpc' ? 'in their VPC' : 'on AWS'}; npx trivet sync --once goes their way`,
        },
      ];

/** A sync that stopped by itself says why. */
async function examineState(setup: Setup, syncs: readonly SyncConfig[]): Promise<Examined> {
  try {
    return { findings: await healthFindings(setup, syncs), unchecked: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { findings: [], unchecked: [{ what: 'what the stack remembers', why }] };
  }
}

async function healthFindings(
  { target }: Setup,
  syncs: readonly SyncConfig[],
): Promise<readonly Finding[]> {
  if (target === null) return [];
  const findings: Finding[] = [];
  for (const { spec } of syncs) {
    const { halted, paused } = await target.state.loadHealth(spec.name);
    const of = { sync: spec.name, where: spec.name, remedy: null };
    if (halted !== null) {
      const found = `It has halted: ${halted.reason}`;
      findings.push({ ...of, severity: 'error', code: 'sync.halted', found });
    }
    if (paused !== null) {
      const remedy = { kind: 'command', text: `npx trivet resume ${spec.name}` } as const;
      const found = `It is paused by ${paused.by}.`;
      findings.push({ ...of, severity: 'note', code: 'sync.paused', found, remedy });
    }
  }
  return findings;
}

interface Mended {
  readonly apps: readonly ExaminedApp[];
  readonly fixed: readonly string[];
}

/** One after the other; what was made stays made when the next is refused. Then the apps are looked at again. */
async function mend(
  setup: Setup,
  syncs: readonly SyncConfig[],
  apps: readonly ExaminedApp[],
  options: DoctorCommand,
): Promise<Mended> {
  const fixes = apps.flatMap((app) => app.fixes);
  if (fixes.length === 0) return { apps, fixed: [] };
  if (options.json !== true) {
    const lines = [nameTarget(setup), 'To be made:', ...fixes.map(({ what }) => `  ${what}`), ''];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  await confirm('Make them?', options);
  const refused: Finding[] = [];
  const fixed: string[] = [];
  for (const fix of fixes) {
    const refusal = await applyFix(fix);
    if (refusal === null) fixed.push(fix.what);
    else refused.push(refusal);
  }
  const again = await Promise.all(syncs.map((sync) => examineApp(setup, sync)));
  return { apps: [...again, { findings: refused, unchecked: [], fixes: [] }], fixed };
}

async function applyFix(fix: Fix): Promise<Finding | null> {
  const outcome = await fix.apply(newBudget());
  if (outcome.kind === 'ok') return null;
  const { where, what } = fix;
  return {
    severity: 'error',
    code: 'app.fix-refused',
    sync: null,
    where,
    found: `${what}: ${outcome.reason}`,
    remedy: null,
  };
}

function answerOf(
  syncs: readonly SyncConfig[],
  findings: readonly Finding[],
  {
    unchecked,
    fixed,
  }: { readonly unchecked: readonly Unchecked[]; readonly fixed: readonly string[] },
): Answer {
  const counts = (['error', 'warning', 'note'] as const).map(
    (severity) => [severity, findings.filter((each) => each.severity === severity).length] as const,
  );
  return {
    json: {
      syncs: syncs.map(({ spec }) => spec.name),
      ok: findings.every(({ severity }) => severity !== 'error'),
      counts: Object.fromEntries(counts),
      findings,
      unchecked,
      fixed,
    },
    lines: (ink) => formatFindings(ink, { findings, unchecked, fixed }),
    exitCode: findings.some(({ severity }) => severity === 'error') ? EXIT.needsPerson : EXIT.ok,
  };
}
