/** What `trivet uninstall` does: looks who still reads, plans, shows or prints, asks, and runs what was shown. */
import { readTableName } from '../config/table-name.ts';
import { formatScript, runSteps } from '../crm/change-plan.ts';
import { tableLabel, type TableName } from '../crm/identifiers.ts';
import { listSessions, type TrivetSession } from '../crm/sql/list-sessions.ts';
import { runStatement } from '../crm/statement.ts';
import { planUninstall, type UninstallPlan } from '../crm/uninstall.ts';
import { confirm } from './confirm.ts';
import { describePlace, type Owner, withOwner } from './crm-owner.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { createInk } from './print/ink.ts';
import { formatSteps } from './print/steps.ts';
import { PATIENCE, type ChangeCommand } from './run-install.ts';
import { openSetup, type Setup } from './setup.ts';
import { answerOn, nameTarget, type Answer } from './with-target.ts';

export interface UninstallCommand extends ChangeCommand {
  readonly table?: string;
}

export async function runUninstall(options: UninstallCommand): Promise<void> {
  await answerOn(
    options,
    () => openSetup(options),
    (setup) => withOwner(setup, options, (owner) => uninstall(setup, owner, options)),
  );
}

async function uninstall(setup: Setup, owner: Owner, options: UninstallCommand): Promise<Answer> {
  const { client } = owner.session;
  const only = options.table === undefined ? undefined : tableOf(options.table);
  const plan = await planUninstall(client, only);
  const { steps } = plan;
  if (options.print === true) return printed(setup, owner, plan);
  if (steps.length > 0) {
    await requireUnread(setup, plan);
    const sessions = await runStatement<TrivetSession>(client, listSessions());
    tellBefore(setup, owner, { plan, sessions, asJson: options.json === true });
    await confirm('Take it away?', options);
    await runSteps(client, steps, PATIENCE);
  }
  return {
    json: { ...jsonOf(owner, plan), done: true },
    lines: (ink) => [
      steps.length === 0
        ? `${describePlace(owner)}: there is nothing to take away.`
        : `${ink.paint('green', 'Taken away')} from ${describePlace(owner)}.`,
    ],
  };
}

function tableOf(text: string): TableName {
  const table = readTableName(text);
  if (table !== null) return table;
  throw new CommandFailure(`“${text}” is no table name; write table or schema.table`, EXIT.usage);
}

/** Its capture is not taken from under a sync that works. */
async function requireUnread({ target }: Setup, { tables }: UninstallPlan): Promise<void> {
  if (target === null || !target.isRunning) return;
  const readers = target.config.syncs.filter(({ table }) => tables.includes(tableLabel(table)));
  const running: string[] = [];
  for (const { spec } of readers) {
    const { paused } = await target.state.loadHealth(spec.name);
    if (paused === null) running.push(spec.name);
  }
  if (running.length === 0) return;
  throw new CommandFailure(
    `Nothing was changed: ${running.join(', ')} ${running.length === 1 ? 'is' : 'are'} running and ${running.length === 1 ? 'reads' : 'read'} this capture. ` +
      `Stop the stack, or pause before: ${running.map((name) => `npx trivet pause ${name}`).join('; ')}`,
    EXIT.needsPerson,
  );
}

/** Another stack may read it, of which this configuration knows nothing: its connections tell. */
function tellBefore(
  setup: Setup,
  owner: Owner,
  {
    plan,
    sessions,
    asJson,
  }: {
    readonly plan: UninstallPlan;
    readonly sessions: readonly TrivetSession[];
    readonly asJson: boolean;
  },
): void {
  const ink = createInk(process.stderr);
  const warnings = sessions.map(({ pid, address, user_name }) =>
    ink.paint(
      'yellow',
      `Trivet is connected as ${user_name} from ${address ?? 'this machine'} (process ${pid}): does it still run?`,
    ),
  );
  const account = [
    ink.paint('dim', nameTarget(setup)),
    `To be done in ${describePlace(owner)}:`,
    '',
    ...formatSteps(ink, plan.steps),
    '',
  ];
  const lines = [...(asJson ? [] : account), ...warnings];
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
}

const printed = (setup: Setup, owner: Owner, plan: UninstallPlan): Answer => ({
  json: { ...jsonOf(owner, plan), sql: formatScript(plan.steps), done: false },
  lines: () => [
    `-- for ${describePlace(owner)}`,
    plan.steps.length === 0 ? '-- nothing is to be done' : formatScript(plan.steps),
  ],
  head: `-- ${nameTarget(setup)}`,
});

const jsonOf = (owner: Owner, { steps, tables }: UninstallPlan): Record<string, unknown> => ({
  database: owner.session.target,
  changes: steps.map(({ title, changes }) => ({ title, changes })),
  tables,
});
