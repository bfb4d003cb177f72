/** What every stage of the stack is built on. */
import type { AppConfig, SyncConfig, TrivetConfig } from '../config/model.ts';
import type { Placement } from './network.ts';
import type { StateTables } from './state-tables.ts';
import type { TimeoutProfile } from './timings.ts';
import type { Sources } from './trivet-function.ts';
import type { WorkQueue } from './work-queue.ts';

export interface Foundation {
  readonly config: TrivetConfig;
  readonly installation: string;
  readonly timeouts: TimeoutProfile;
  /** `off`: only brakes the configuration names hold. For the sandbox, where nobody real is harmed. */
  readonly brakes: 'on' | 'off';
  readonly sources: Sources;
  readonly tables: StateTables;
  readonly pulls: WorkQueue;
  /** For pull and apply only. */
  readonly placement: Placement;
}

export function appOf(config: TrivetConfig, sync: SyncConfig): AppConfig {
  const app = Object.hasOwn(config.apps, sync.app) ? config.apps[sync.app] : undefined;
  if (app !== undefined) return app;
  const known = Object.keys(config.apps).join(', ') || 'none';
  throw new Error(
    `syncs.${sync.spec.name}.app is '${sync.app}', which is not among apps (${known}). Name one of them.`,
  );
}
