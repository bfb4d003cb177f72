/** `npm run model`: small scopes, every crash point and every order, over the real flow. */
import { parseArgs } from 'node:util';
import type { Policy } from '../../lib/engine/model.ts';
import { checkScope, type Checked } from './check.ts';
import type { Scope } from './scope.ts';

const POLICIES: readonly Policy[] = ['crm', 'app', 'newest'];

const HELP = `npm run model -- [options]

Two people or one, two fields (one shared, one of the CRM), edits at both ends, crashes: every order of edits and deliveries,
every crash after a call that leaves something behind, every edit between two calls that could tell. Each state is
gone on from once, and judged where it is at rest; and whatever people do not do, it must come to rest.

  --edits N      edits at each end (default 1, a quarter of a minute; 2 takes half an hour of one core)
  --people N     one or two (default 2)
  --crashes N    (default 1)
  --policy NAME  crm, app or newest alone (default each of them)
  --minutes M    ends after so many minutes, and says that it was not everything (default 90)

Ends with 0 when nothing was found, 1 when something was, 3 when time was over before everything was tried.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      edits: { type: 'string', default: '1' },
      crashes: { type: 'string', default: '1' },
      people: { type: 'string', default: '2' },
      policy: { type: 'string' },
      minutes: { type: 'string', default: '90' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const policies = POLICIES.filter((policy) => (values.policy ?? policy) === policy);
  if (policies.length === 0) throw new Error(`there is no policy “${values.policy}” here`);
  const endsAt = performance.now() + Number(values.minutes) * 60_000;
  let code = 0;
  for (const policy of policies) {
    const people = values.people === '1' ? 1 : 2;
    const scope = {
      policy,
      people,
      edits: Number(values.edits),
      crashes: Number(values.crashes),
    } as const;
    code = Math.max(code, await run(scope, endsAt));
    if (code === 1) return 1;
  }
  return code;
}

async function run(scope: Scope, endsAt: number): Promise<number> {
  const beganAt = performance.now();
  let toldAt = beganAt;
  const checked = await checkScope(scope, {
    isOver: () => performance.now() >= endsAt,
    tell: ({ states, moves, open }) => {
      if (performance.now() - toldAt < 10_000) return;
      toldAt = performance.now();
      process.stderr.write(`${states} states, ${moves} moves, ${open} to go on from\n`);
    },
  });
  process.stdout.write(`${describe(scope, checked, (performance.now() - beganAt) / 1000)}\n`);
  return checked.failure !== null ? 1 : checked.isWhole ? 0 : 3;
}

function describe(
  { policy, people, edits, crashes }: Scope,
  checked: Checked,
  seconds: number,
): string {
  const { states, moves, judged, failure, isWhole } = checked;
  const end =
    failure !== null
      ? 'something is wrong'
      : isWhole
        ? 'nothing is wrong'
        : 'not everything was tried';
  const line =
    `${policy}: ${people} people, ${edits} edits at each end, ${crashes} crashes: ${states} states, ${moves} moves, ` +
    `${judged} of them at rest and judged, in ${seconds.toFixed(0)} s: ${end}`;
  if (failure === null) return line;
  const path = failure.path.map((step) => `    ${step}`);
  return [line, ...path, ...failure.problems.map((problem) => `  ✗ ${problem}`)].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
