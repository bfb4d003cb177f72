/** The Meta connector and the simulated Meta, for what the conformance suite asks of an app that is told by a ledger. */
import { lacks } from '../../../lib/conformance/harness.ts';
import type { Harness, Stage } from '../../../lib/conformance/harness.ts';
import { META_CAPABILITIES, requireOptions } from '../../../lib/connectors/meta/config.ts';
import { createMeta } from '../../../lib/connectors/meta/index.ts';
import { email, text } from '../../../lib/engine/types/index.ts';
import { startMeta } from '../meta-simulator-world.ts';

const TYPES = { EMAIL: email(), FN: text() };
const UNSEEN = 'Meta shows nobody who is in an audience';

export const harness: Harness = {
  name: 'meta',
  capabilities: META_CAPABILITIES,
  toldByLedger: 'test/contract/meta-connector-*.test.ts',
  types: TYPES,
  matchPath: 'EMAIL',
  oneRecordPer: 'match',
  person: (n) => ({ EMAIL: `person.no${n}@mail.test`, FN: `Given-${n}` }),
  changed: (n) => ({ FN: `Renamed-${n}` }),
  rename: lacks('another address is another identifier'),
  archive: lacks('people are taken out by their identifiers'),
  delete: lacks('people are taken out by their identifiers'),
  removal: lacks(UNSEEN),
  tag: lacks('an audience has no tags'),
  revive: lacks('whoever comes back is told like anybody'),
  refused: lacks('Meta does not say which row it refuses'),
  samples: lacks(UNSEEN),
  limits: {
    rowsPerWrite: 10_000,
    rowsPerPage: 20,
    calls: lacks('the limits depend on the account, and are told in each answer'),
  },
  webhook: lacks('Meta sends no webhooks about audiences'),
  troubles: {},
  shortBudgetMs: 2800,
  open: openStage,
};

async function openStage(): Promise<Stage> {
  const world = await startMeta();
  const { baseUrl, accessToken, audienceId } = world.simulator;
  const never = () => Promise.reject(new Error(UNSEEN));
  return {
    connect: () =>
      createMeta({
        options: requireOptions({ audience: audienceId, baseUrl }),
        credentials: { accessToken, baseUrl: null },
        paths: Object.keys(TYPES),
        notice: () => undefined,
      }),
    held: never,
    people: lacks(UNSEEN),
    trouble: never,
    calm: never,
    slow: never,
    usage: never,
    pass: (ms) => {
      world.clock.ms += ms;
    },
    now: () => world.clock.ms,
    secrets: [accessToken],
    stop: () => world.stop(),
  };
}
