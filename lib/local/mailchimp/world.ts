/** What every handler is given. Made once per simulator; nothing here is global. */
import type { Audience } from './audience.ts';
import type { MemberDesk } from './member-desk.ts';
import type { MemberViews } from './member-view.ts';
import type { Change, Identity } from './model.ts';
import type { SimulatorOptions, WebhookOptions } from './options.ts';

export interface World {
  readonly options: SimulatorOptions;
  readonly webhooks: WebhookOptions;
  readonly identity: Identity;
  readonly audience: Audience;
  readonly desk: MemberDesk;
  readonly views: MemberViews;
  readonly commit: (change: Change) => void;
  readonly now: () => number;
  /** `http://127.0.0.1:PORT/3.0`, known once the server listens. */
  readonly apiRoot: () => string;
}
