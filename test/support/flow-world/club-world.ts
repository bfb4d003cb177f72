/** A world whose app shows nobody, and what must hold in it once it is at rest. */
import { compileSync, type SyncInput } from '../../../lib/config/define.ts';
import type { AppConfig, SyncConfig } from '../../../lib/config/model.ts';
import { meta } from '../../../lib/connectors/meta/config.ts';
import type { CrmKey } from '../../../lib/engine/model.ts';
import { consent, email, text } from '../../../lib/engine/types/index.ts';
import { grantNextRun } from '../../../lib/flow/grant.ts';
import { askRebuild } from '../../../lib/flow/rebuild.ts';
import { crmSide } from '../../../lib/flow/sides.ts';
import { CLUB_CAPABILITIES, createClub, createClubPort, encodeMember, type Club } from './club.ts';
import { readRecord, readRecords } from './memory-state.ts';
import { drain, settle } from './settle.ts';
import { ring } from './deliver.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

export interface ClubWorld {
  readonly world: World;
  readonly club: Club;
}

export type ClubOptions = Pick<WorldOptions, 'seed' | 'pageMax' | 'receivesMax'> & {
  /** @default true */
  readonly merges?: boolean;
  readonly sync?: Partial<Pick<SyncInput, 'onCrmDelete' | 'write' | 'brakes'>>;
};

const app: AppConfig = {
  ...meta({ audience: '1', secret: 'club' }),
  capabilities: CLUB_CAPABILITIES,
};

export const clubSync = (more: ClubOptions['sync'] = {}): SyncConfig =>
  compileSync(
    {
      name: 'contacts-news',
      table: 'contacts',
      key: 'id',
      app: 'club',
      match: { email: 'EMAIL' },
      include: (row) => row['active'] !== 'no',
      reads: ['active'],
      fields: {
        email: { app: 'EMAIL', type: email(), owner: 'crm' },
        phone: { app: 'PHONE', type: text(), owner: 'crm' },
        first_name: { app: 'FN', type: text(), owner: 'crm' },
        email_status: { app: 'consent', type: consent(), owner: 'crm' },
      },
      ...more,
    },
    { app },
  );

export function createClubWorld({ sync, merges = true, ...options }: ClubOptions): ClubWorld {
  const club = createClub(merges);
  const world = createWorld({
    ...options,
    other: {
      sync: clubSync(sync),
      port: (running, surroundings) => createClubPort({ club, running, ...surroundings }),
    },
  });
  return { world, club };
}

/** What is wrong at rest: who is missing, who is left over, and whose count is not exact. */
export function findClubProblems({ world, club }: ClubWorld): string[] {
  const wanted = wantedIn(world);
  const problems = [
    ...club.mistakes,
    ...world.errors.map((error) => `a handler threw: ${String(error)}`),
  ];
  if (world.dead.length > 0) problems.push(`${world.dead.length} dead letters`);
  const bearers = new Map<string, Set<CrmKey>>();
  for (const [key, { digest, ids }] of wanted) {
    if (!club.rows.has(digest)) problems.push(`row ${key} is not in: ${digest}`);
    const told = readRecord(world.memory, key)?.state.ledger;
    if (told?.row !== digest) problems.push(`the ledger of ${key} says ${told?.row ?? 'nothing'}`);
    for (const id of ids) bearers.set(id, (bearers.get(id) ?? new Set()).add(key));
  }
  for (const [digest, ids] of club.rows) {
    const left = ids.filter((id) => !bearers.has(id));
    if (left.length > 0) problems.push(`${left.join()} is left over in ${digest}`);
  }
  for (const { state } of readRecords(world.memory)) {
    if (state.ledger !== null && !wanted.has(state.key))
      problems.push(`the ledger still has ${state.key}: ${state.ledger.ids.join()}`);
    if (state.parking !== null)
      problems.push(`record ${state.key} is ${state.parking.kind}: ${state.parking.reason}`);
  }
  return [...problems, ...miscounted(bearers, world.memory.holders)];
}

interface Wanted {
  readonly digest: string;
  readonly ids: readonly string[];
}

function wantedIn({ table, sync }: World): ReadonlyMap<CrmKey, Wanted> {
  const wanted = new Map<CrmKey, Wanted>();
  for (const key of table.rows.keys()) {
    const side = crmSide(sync, table.row(key) ?? undefined, null);
    const values = Object.fromEntries(
      sync.spec.fields.map(({ path, fingerprint }) => [path, side.fields[fingerprint] ?? null]),
    );
    const encoded = encodeMember(values);
    const isOut = side.existence !== 'present' || values['consent'] === 'unsubscribed';
    if (!isOut && encoded.kind === 'row') wanted.set(key, encoded.row);
  }
  return wanted;
}

type Bearers = ReadonlyMap<string, ReadonlySet<CrmKey>>;

function miscounted(bearers: Bearers, holders: Bearers): string[] {
  const listOf = (map: Bearers): readonly string[] =>
    [...map].map(([id, keys]) => `${id} by ${[...keys].sort().join()}`).sort();
  const [right, found] = [listOf(bearers), listOf(holders)];
  return right.join('|') === found.join('|')
    ? []
    : [`holders are ${found.join(' · ')}, and should be ${right.join(' · ')}`];
}

/**
 * Nobody can see what a call did that was given up (SPEC.md, gaps). What such calls put in or took out may be wrong, and
 * nothing else, until a person has everybody replaced.
 */
export async function replaceAfterLate(club: ClubWorld): Promise<string[]> {
  const { world } = club;
  const { late } = club.club;
  if (late.length === 0) return [];
  const problems = findClubProblems(club).filter(
    (problem) => !late.some((text) => problem.includes(text)),
  );
  // A batch of nobody replaces nobody.
  world.crm.insert({ email: 'somebody@x.test' });
  await askRebuild(world.context(world.start()), 'a person');
  await settle(world);
  return problems;
}

/**
 * A ledger that went back does not know who was told since (SPEC.md, gaps): who was taken out and is in again is missing, and
 * whom nobody remembers is left over, until a person has everybody replaced.
 */
export async function replaceAfterRestore(club: ClubWorld): Promise<string[]> {
  const { world } = club;
  const context = world.context(world.start());
  // Whoever may be gone by the restore alone is held until a person lets them go.
  await grantNextRun(context, { name: 'destroy', count: 100, by: 'a person' });
  await settle(world);
  await askRebuild(context, 'a person');
  await settle(world);
  // Where nobody is to be in there is nothing to replace them by; the person empties it by hand.
  if (wantedIn(world).size === 0) club.club.rows.clear();
  return [];
}

/** A further round tells the app nothing. */
export async function findClubRestlessness({ world }: ClubWorld): Promise<string[]> {
  const before = world.monitor.writes.length;
  const from = world.steps.trace.length;
  world.clock.advance(60_000);
  ring(world);
  await drain(world);
  const told = world.steps.trace.slice(from).filter((line) => line.includes('app.push'));
  return [...world.monitor.writes.slice(before), ...told].map((what) => `a further round: ${what}`);
}
