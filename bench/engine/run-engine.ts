/**
 * The engine alone: both sides of a record parsed and mapped, compared with the shadow, merged, and the
 * commands planned, in the memory of one process and on one core. The yardstick is what V8's own JSON
 * does to the same records in the same run.
 */
import { observeMember, shapeBulkUpdate } from '../../lib/connectors/mailchimp/mapping.ts';
import type { MergeFields } from '../../lib/connectors/mailchimp/merge-fields.ts';
import type { SyncConfig } from '../../lib/config/model.ts';
import { loadUserConfig } from '../../lib/config/user-config.ts';
import { hasDelta } from '../../lib/engine/delta.ts';
import { judge } from '../../lib/engine/judge.ts';
import { planApp, planCrm } from '../../lib/flow/commands.ts';
import { appSide, crmSide } from '../../lib/flow/sides.ts';
import { SAMPLE_CONFIG_PATH } from '../../lib/local/sandbox/sample-config.ts';
import { timed, type Section } from '../figure.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';
import { createWorkload, pathsOf, type WorkRecord } from './workload.ts';

const TIDY_MIN = 30_000;
const PARSED_MIN = 8_000;
const CHANGED = 0.05;

/** The audience's merge fields as the simulated Mailchimp has them: what a profile must fit into. */
const LIVE: MergeFields = new Map(
  ['FNAME', 'LNAME', 'PHONE', 'COMPANY', 'CITY'].map((tag) => [
    tag,
    { tag, name: tag, type: tag === 'PHONE' ? 'phone' : 'text' },
  ]),
);

export async function runEngine({ engine }: Sizes): Promise<Section> {
  const { config } = await loadUserConfig(SAMPLE_CONFIG_PATH);
  const [sync] = config.syncs;
  if (sync === undefined) throw new Error('the sample configuration has no sync');
  const tidy = createWorkload(sync, engine.records, { changed: CHANGED, isMessy: false });
  const messy = createWorkload(sync, engine.records, { changed: CHANGED, isMessy: true });
  const run = (records: readonly WorkRecord[]) => workAll(sync, records);
  const speeds = measure(engine.rounds, {
    tidy: () => run(tidy),
    messy: () => run(messy),
    json: () => jsonAll(tidy),
  });
  const [tidyRate, messyRate, jsonRate] = [speeds.tidy, speeds.messy, speeds.json].map(
    (ms) => (engine.records / ms) * 1_000,
  ) as [number, number, number];
  const perSecond = 'records/s';
  return {
    part: 'engine',
    title: 'The engine alone',
    method: [
      `${engine.records.toLocaleString('en-US')} linked records of the sandbox's map (eight fields: e-mail, phone, consent, tags and texts), ${CHANGED * 100} % of them changed in the CRM since they ` +
        'were agreed on. For each: the row is parsed, the member is mapped and parsed, both are compared with the shadow, merged, and the commands to both ends planned, ' +
        `profiles in the form of the audience's merge fields. Medians of ${engine.rounds} rounds after a warm-up, one core, no I/O.`,
      'In the second figure no value is as the engine keeps it, so that each must be read in full: phone numbers with blanks, addresses in capitals, padded texts, unsorted tags. ' +
        'The yardstick is `JSON.parse(JSON.stringify(…))` of the same rows, members and shadows, in the same run.',
    ],
    figures: [
      timed(`${CHANGED * 100} % changed`, tidyRate, perSecond, { atLeast: TIDY_MIN }),
      timed('every value to be parsed', messyRate, perSecond, { atLeast: PARSED_MIN }),
      timed('yardstick: JSON.parse and JSON.stringify', jsonRate, perSecond),
      timed(
        `time of a record, in times of the yardstick: ${CHANGED * 100} % changed`,
        jsonRate / tidyRate,
        '×',
      ),
      timed(
        'time of a record, in times of the yardstick: every value to be parsed',
        jsonRate / messyRate,
        '×',
      ),
    ],
    notes: [],
    data: {},
  };
}

/** Median milliseconds of each, taken in turns so that a slow moment of the machine meets all of them. */
function measure<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => unknown>>,
): Record<Name, number> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const beganAt = performance.now();
      works[name]();
      // The first round warms up.
      if (round >= 0) times[name]?.push(performance.now() - beganAt);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name] ?? [])])) as Record<
    Name,
    number
  >;
}

/** The number of commands, so that nothing of the work can be left out. */
function workAll(sync: SyncConfig, records: readonly WorkRecord[]): number {
  let commands = 0;
  for (const record of records) commands += workOne(sync, record);
  return commands;
}

function workOne(sync: SyncConfig, { row, member, state }: WorkRecord): number {
  const observation = observeMember(member, pathsOf(sync), 0);
  const app = appSide(sync.spec, observation, state.shadow);
  const crm = crmSide(sync, row, 1, state.shadow);
  const { fields } = sync.spec;
  const isNews =
    hasDelta(fields, state.shadow, 'app', app) || hasDelta(fields, state.shadow, 'crm', crm);
  if (!isNews) return 0;
  const verdict = judge({
    spec: sync.spec,
    state,
    crm,
    app,
    proof: 'seen',
    cautious: false,
    orders: {},
    now: 2,
  });
  const planned = planApp(sync, verdict, app);
  for (const { command } of planned) {
    if (command.kind === 'update' && command.match !== null) {
      shapeBulkUpdate(command.match, command.fields, LIVE);
    }
  }
  return planned.length + (planCrm(sync, verdict, row) === null ? 0 : 1);
}

function jsonAll(records: readonly WorkRecord[]): number {
  let length = 0;
  for (const record of records) {
    const text = JSON.stringify(record);
    length += text.length;
    JSON.parse(text);
  }
  return length;
}
