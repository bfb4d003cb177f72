/** What `trivet install` does: plans, shows or prints, asks, and runs what was shown. */
import { formatScript, runSteps, type Patience } from '../crm/change-plan.ts';
import { planInstall, type InstallPlan } from '../crm/install.ts';
import { capturedTables } from './captured-tables.ts';
import { confirm } from './confirm.ts';
import {
  describePlace,
  requireRole,
  type Owner,
  type OwnerOptions,
  withOwner,
} from './crm-owner.ts';
import { createInk, type Ink } from './print/ink.ts';
import { formatSteps } from './print/steps.ts';
import { openSetup, type Setup } from './setup.ts';
import { answerOn, nameTarget, type Answer, type TargetOptions } from './with-target.ts';

export interface ChangeCommand extends TargetOptions, OwnerOptions {
  readonly print?: boolean;
  readonly yes?: boolean;
}

export interface InstallCommand extends ChangeCommand {
  readonly role?: string;
}

/** Ten tries of a second, and as long in between for everybody else. */
export const PATIENCE: Patience = {
  attempts: 10,
  pauseMs: 1_000,
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};

export async function runInstall(options: InstallCommand): Promise<void> {
  await answerOn(
    options,
    () => openSetup(options),
    (setup) => withOwner(setup, options, (owner) => install(setup, owner, options)),
  );
}

async function install(setup: Setup, owner: Owner, options: InstallCommand): Promise<Answer> {
  const role = await requireRole(owner, options.role);
  const tables = capturedTables(setup.config.syncs);
  const { client } = owner.session;
  const plan = await planInstall(client, {
    tables,
    ...(role === undefined ? {} : { role }),
  });
  const { steps } = plan;
  if (options.print === true) return printed(setup, owner, plan);
  if (steps.length > 0) {
    show(setup, owner, plan, options);
    await confirm('Change the database?', options);
    await runSteps(client, steps, PATIENCE);
  }
  return {
    json: { ...jsonOf(owner, plan), role: role ?? null, done: true },
    lines: (ink) =>
      steps.length === 0
        ? [
            `${describePlace(owner)}: everything is there, nothing was changed.`,
            ...warningLines(ink, plan),
          ]
        : [
            `${ink.paint('green', 'Installed')} in ${describePlace(owner)}.`,
            ...warningLines(ink, plan),
            `${ink.paint('dim', 'see whether all is well with')}  npx trivet doctor`,
          ],
  };
}

/** Before the question; not for programs, which get all of it in the answer. */
function show(setup: Setup, owner: Owner, plan: InstallPlan, { json }: InstallCommand): void {
  if (json === true) return;
  const ink = createInk(process.stderr);
  const lines = [
    ink.paint('dim', nameTarget(setup)),
    `To be done in ${describePlace(owner)}:`,
    '',
    ...formatSteps(ink, plan.steps),
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

const warningLines = (ink: Ink, { tables }: InstallPlan): readonly string[] =>
  tables.flatMap(({ warnings }) => warnings.map((text) => ink.paint('yellow', text)));

function printed(setup: Setup, owner: Owner, plan: InstallPlan): Answer {
  const warnings = plan.tables.flatMap((table) => table.warnings);
  return {
    json: { ...jsonOf(owner, plan), sql: formatScript(plan.steps), done: false },
    lines: () => [
      `-- for ${describePlace(owner)}`,
      ...warnings.map((text) => `-- ${text.replaceAll('\n', ' ')}`),
      plan.steps.length === 0 ? '-- nothing is to be done' : formatScript(plan.steps),
    ],
    head: `-- ${nameTarget(setup)}`,
  };
}

const jsonOf = (
  owner: Owner,
  { steps, tables, migrations }: InstallPlan,
): Record<string, unknown> => ({
  database: owner.session.target,
  changes: steps.map(({ title, changes }) => ({ title, changes })),
  migrations,
  tables,
});
