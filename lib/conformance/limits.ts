/** The vendor's limits, as the simulated app counts: rows in a call, calls at one time, calls in a stretch of time. */
import { createOf, PLENTY, range, tell, updateOf, type Bench } from './bench.ts';
import { always, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking } from './harness.ts';
import { hasNoBulk, hasNoCallLimit } from './reasons.ts';

const CONNECTIONS = 3;
const ROUNDS_MAX = 200;

export const LIMITS: readonly Clause[] = [
  {
    id: 'limit-connections',
    promise: 'a process keeps to the connections it is given, whatever it reads and writes',
    whyNot: always,
    prove: async (bench) => {
      const { harness, stage } = bench;
      const made = await bench.make(24);
      await stage.slow(5);
      const app = stage.connect({ connectionsMax: CONNECTIONS });
      if (harness.capabilities.delta !== 'none') {
        const targets = made.map(({ remoteId }) => ({ remoteId, match: null }));
        await app.fetch(targets, PLENTY);
      }
      await app.push(
        made.map((held, n) => updateOf(harness, n, held)),
        PLENTY,
      );
      const { connectionsPeak } = await stage.usage();
      claim(connectionsPeak <= CONNECTIONS, `${connectionsPeak} calls at once, of ${CONNECTIONS}`);
    },
  },
  {
    id: 'limit-connections-used',
    promise: 'many writes go together, or through all the connections it is given',
    whyNot: (harness) => (harness.capabilities.connectionsMax === 1 ? 'there is only one' : null),
    prove: async (bench) => {
      const made = await bench.make(24);
      await bench.stage.slow(5);
      const before = (await bench.stage.usage()).calls;
      const app = bench.stage.connect({ connectionsMax: 2 });
      await app.push(
        made.map((held, n) => updateOf(bench.harness, n, held)),
        PLENTY,
      );
      const { calls, connectionsPeak } = await bench.stage.usage();
      const isTogether = calls - before < made.length;
      claim(isTogether || connectionsPeak > 1, 'all calls were made one after the other');
    },
  },
  {
    id: 'limit-rows',
    promise: 'no call carries more rows than the vendor allows, and the app turns none away',
    whyNot: hasNoBulk,
    prove: async (bench) => {
      const { rowsPerWrite } = bench.harness.limits;
      const { writes, rowsPeak, turnedAway } = await pushMany(bench, rowsPerWrite * 2 + 1);
      claim(rowsPeak <= rowsPerWrite, `a call carried ${rowsPeak} rows of ${rowsPerWrite}`);
      claimEqual(turnedAway, 0, 'calls the app turned away');
      claim(rowsPeak > 1, 'no call carried more than one row, and bulk calls are declared');
      claim(writes <= 6, `${writes} calls for ${rowsPerWrite * 2 + 1} rows`);
    },
  },
  {
    id: 'limit-calls',
    promise:
      'no stretch of time sees more calls than the vendor allows, and the app turns none away',
    whyNot: hasNoCallLimit,
    prove: async (bench) => {
      const { calls } = bench.harness.limits;
      if (isLacking(calls)) throw new Error(calls.lacks);
      let open = range(calls.max * 2).map((n) => createOf(bench.harness, n));
      for (let round = 0; open.length > 0 && round < ROUNDS_MAX; round += 1) {
        const outcomes = await bench.app.push(open, PLENTY);
        const other = outcomes.find(({ kind }) => !['applied', 'exists', 'retry'].includes(kind));
        claim(other === undefined, `a create was answered by ${other && tell(other)}`);
        open = open.filter((_, n) => outcomes[n]?.kind === 'retry');
        if (open.length > 0) bench.stage.pass(calls.withinMs);
      }
      const { callsPeak, turnedAway } = await bench.stage.usage();
      claimEqual(open.length, 0, 'creates that never came through');
      claim(callsPeak <= calls.max, `${callsPeak} calls in ${calls.withinMs} ms, of ${calls.max}`);
      claimEqual(turnedAway, 0, 'calls the app turned away');
    },
  },
];

async function pushMany(bench: Bench, count: number) {
  const before = (await bench.stage.usage()).writes;
  const outcomes = await bench.push(...range(count).map((n) => createOf(bench.harness, n)));
  const other = outcomes.find(({ kind }) => kind !== 'applied');
  claim(other === undefined, `a create was answered by ${other && tell(other)}`);
  const usage = await bench.stage.usage();
  return { ...usage, writes: usage.writes - before };
}
