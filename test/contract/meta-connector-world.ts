/** The Meta connector against the simulated Meta: commands as the flow gives them, and who is in afterwards. */
import { createMeta } from '../../lib/connectors/meta/index.ts';
import { requireOptions, type MetaOptions } from '../../lib/connectors/meta/config.ts';
import type { LedgerPlan, LedgerRow } from '../../lib/engine/ledger.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { Value } from '../../lib/engine/value.ts';
import type { AppReplica } from '../../lib/ports/app.ts';
import type { Exchange, SimulatorOptions } from '../../lib/local/meta/simulator.ts';
import type { Ledger, LedgerCommand, LedgerOutcome } from '../../lib/ports/ledger.ts';
import { noonMs, startMeta, type Body, type MetaWorld } from './meta-simulator-world.ts';

export interface ConnectorWorld extends MetaWorld {
  readonly replica: AppReplica;
  readonly ledger: Ledger;
  /** What somebody should know of. */
  readonly notices: string[];
  row(values: Readonly<Record<string, Value>>): LedgerRow;
  send(...plans: readonly Partial<LedgerPlan>[]): Promise<readonly LedgerOutcome[]>;
  /** Requests by what they do, with the rows of each: `POST users 3`. */
  uploads(): readonly string[];
}

export interface ConnectorSetup {
  readonly options?: Partial<MetaOptions>;
  readonly paths?: readonly string[];
  readonly remainingMs?: number;
  readonly simulator?: Partial<SimulatorOptions>;
}

export async function startConnector(setup: ConnectorSetup = {}): Promise<ConnectorWorld> {
  const world = await startMeta(setup.simulator);
  const { simulator } = world;
  const notices: string[] = [];
  let draws = 0;
  const replica = createMeta({
    options: requireOptions({
      audience: simulator.audienceId,
      baseUrl: simulator.baseUrl,
      ...setup.options,
    }),
    credentials: { accessToken: simulator.accessToken, baseUrl: null },
    paths: setup.paths ?? ['EMAIL', 'PHONE', 'FN'],
    notice: (sentence) => notices.push(sentence),
    // Sessions have ids of their own.
    random: () => (draws += 1) / 1_000_000,
  });
  const { ledger } = replica;
  if (ledger === undefined) throw new Error('the connector declares no ledger');
  const budget = { remainingMs: () => setup.remainingMs ?? 30_000 };
  return {
    ...world,
    replica,
    ledger,
    notices,
    row: (values) => {
      const encoded = ledger.encode(values, noonMs);
      if (encoded.kind === 'nobody') throw new Error(encoded.reason);
      return encoded.row;
    },
    send: (...plans) => ledger.send(plans.map(commandOf), budget),
    uploads: () => world.exchanges().flatMap(uploadIn),
  };
}

const commandOf = (plan: Partial<LedgerPlan>, index: number): LedgerCommand => ({
  key: String(index + 1) as CrmKey,
  take: [],
  everywhere: false,
  put: null,
  ...plan,
});

function uploadIn({ method, path, requestBody }: Exchange): readonly string[] {
  const body = requestBody as Body | undefined;
  const payload = body?.['payload'] as { readonly data: readonly unknown[] } | undefined;
  if (payload === undefined) return [];
  return [`${method} ${path.split('/').at(-1) ?? ''} ${payload.data.length}`];
}

export const isIn = (members: readonly Body[], hash: string): boolean =>
  members.some((member) => Object.values(member).includes(hash));
