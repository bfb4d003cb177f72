/** `npm run model`: small scopes, every crash point and every order, over the real flow. */
import { parseArgs } from 'node:util';
import type { Policy } from '../../lib/engine/model.ts';
import { checkScope, type Checked } from './check.ts';
import type { Scope } from './scope.ts';
import { say, tryOut, wholeNumber, type Found } from '../trial.ts';

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

Ends with 0 when nothing was found, 1 when something was, 2 when the question was not understood, 3 when time was over before everything was tried.
`;

interface Asked extends Pick<Scope, 'people' | 'edits' | 'crashes'> {
  readonly isHelp: boolean;
  readonly policies: readonly Policy[];
  readonly minutes: number;
}

function parse(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      edits: { type: 'string' },
      crashes: { type: 'string' },
      people: { type: 'string' },
      policy: { type: 'string' },
      minutes: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const policies = POLICIES.filter((policy) => (values.policy ?? policy) === policy);
  if (policies.length === 0)
    throw new Error(`--policy takes ${POLICIES.join(', ')}, and was “${values.policy}”`);
  const people = wholeNumber('people', values.people) ?? 2;
  if (people !== 1 && people !== 2)
    throw new Error(`--people takes 1 or 2, and was “${values.people}”`);
  return {
    isHelp: values.help,
    policies,
    people,
    edits: wholeNumber('edits', values.edits) ?? 1,
    crashes: wholeNumber('crashes', values.crashes, 0) ?? 1,
    minutes: wholeNumber('minutes', values.minutes) ?? 90,
  };
}

async function run({ policies, minutes, ...size }: Asked): Promise<Found> {
  const endsAt = performance.now() + minutes * 60_000;
  let found: Found = true;
  for (const policy of policies) {
    const here = await check({ policy, ...size }, endsAt);
    if (here === false) return false;
    if (here === 'unfinished') found = here;
  }
  return found;
}

async function check(scope: Scope, endsAt: number): Promise<Found> {
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
  say(describe(scope, checked, (performance.now() - beganAt) / 1000));
  if (checked.failure !== null) return false;
  return checked.isWhole || 'unfinished';
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

process.exitCode = await tryOut({ help: HELP, parse, run }, process.argv.slice(2));
