/**
 * The ground moves: another map is deployed while messages of the old one wait and both run side by side, and a mapped
 * column is renamed or dropped in the CRM and put back.
 */
import { acceptMap, askSweep } from '../../../lib/flow/steer.ts';
import { StateUnavailable } from '../../../lib/ports/state.ts';
import type { Chance } from './chance.ts';
import { Crash } from './running.ts';
import { COMPANY, sampleSync, type SampleSyncOptions } from './sample-sync.ts';
import { codeOf } from './unseen-maps.ts';
import { placeInCrm } from './witness.ts';
import type { World } from './world.ts';

export interface Changes {
  /** Now and then something changes, or a person says something to it. */
  turn(): Promise<void>;
  /** One map is deployed, accepted, and every column is there; a sweep is asked for, which finds what no log told. */
  end(): Promise<void>;
}

export function createChanges(
  world: World,
  sync: SampleSyncOptions,
  { chance, note }: { readonly chance: Chance; readonly note: (text: string) => void },
): Changes {
  const maps: readonly SampleSyncOptions[] = [
    sync,
    { ...sync, fields: { ...sync.fields, company: COMPANY } },
    { ...sync, phonePolicy: sync.phonePolicy === 'crm' ? 'app' : 'crm' },
  ];
  let present = sampleSync(sync);
  const accept = async (): Promise<void> => {
    const context = { ...world.context(world.start()), sync: present };
    try {
      await acceptMap(context, { code: codeOf(present), by: 'a person' });
    } catch (error) {
      // They say it again another time.
      if (!(error instanceof Crash || error instanceof StateUnavailable)) throw error;
    }
  };
  const turns: Readonly<Record<string, () => Promise<void> | void>> = {
    'another map is deployed, and both run': () => {
      const before = present;
      present = sampleSync(chance.pick(maps));
      world.redeploy(() => chance.pick([before, present]));
    },
    'the old functions are gone': () => world.redeploy(present),
    'a person accepts the map': accept,
    'a column is renamed': () => {
      world.weather.missingColumn = 'phone';
    },
    'a column is dropped, and put back empty': () => dropCity(world),
    'the column is there again': () => {
      world.weather.missingColumn = null;
    },
  };
  return {
    turn: async () => {
      const [name, act] = chance.pick(Object.entries(turns));
      note(name);
      await act();
    },
    end: async () => {
      world.weather.missingColumn = null;
      world.redeploy(present);
      await accept();
      await askSweep(world.context(world.start()), 'a person');
    },
  };
}

/** No trigger sees it. What stood there only people could tell. */
function dropCity({ table, witness }: World): void {
  for (const [key, cells] of table.rows) {
    if (table.isLocked(key)) continue;
    const before = cells['city']?.text ?? null;
    witness.overlooked({ place: placeInCrm(key, 'city'), before, after: null });
    table.rows.set(key, { ...cells, city: { text: null, json: null } });
  }
}
