/** Watches every write of the sync as it happens: consent is never loosened without proof, nobody is made twice. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { AppCommand } from '../../../lib/ports/app.ts';
import type { CrmCommand } from '../../../lib/ports/crm.ts';
import type { Member } from './audience.ts';
import type { Cells } from './crm-table.ts';

export interface Monitor {
  /** Writes of the sync that changed something, in words. */
  readonly writes: string[];
  readonly violations: string[];
  appWrote(command: AppCommand, before: Member | null, after: Member | null): void;
  crmWrote(command: CrmCommand, before: Cells | null): void;
}

export interface MonitorContext {
  readonly consentOwner: 'crm' | 'app';
  readonly memberOf: (key: CrmKey) => Member | null;
  readonly rowOf: (key: CrmKey) => Cells | null;
  /** Whether the member is still in the app, and nobody else's. */
  readonly isThere: (id: Member['id'], key: CrmKey) => boolean;
  /** When the person last withdrew at either end, in truth. */
  readonly withdrawnAt: (key: CrmKey, member: Member | null) => number | null;
}

const WITHDRAWN = new Set(['unsubscribed', 'cleaned', 'complained']);
/** The app keeps opt-in times in whole seconds. */
const SECOND_MS = 1000;

export function createMonitor(context: MonitorContext): Monitor {
  const writes: string[] = [];
  const violations: string[] = [];
  const made = new Map<CrmKey, Member['id'][]>();
  const isNewer = (optInAt: number | null, withdrawnAt: number | null): boolean =>
    optInAt !== null && (withdrawnAt === null || optInAt + SECOND_MS > withdrawnAt);

  function checkAppConsent(key: CrmKey, before: string | null, after: Member): void {
    if (after.status !== 'subscribed' || before === 'subscribed') return;
    const optIn = Date.parse(context.rowOf(key)?.['opt_in_at']?.text ?? '');
    const withdrawnAt = context.withdrawnAt(key, after);
    const isProven =
      context.consentOwner === 'crm' && isNewer(Number.isNaN(optIn) ? null : optIn, withdrawnAt);
    if (!isProven)
      violations.push(`the app's ${after.id} was subscribed from “${before}” without proof`);
  }

  function checkCreate(key: CrmKey, after: Member): void {
    // The same id again is the same record: it was taken out, and made anew.
    const earlier = (made.get(key) ?? []).filter(
      (id) => id !== after.id && context.isThere(id, key),
    );
    if (earlier.length > 0) violations.push(`row ${key} was created twice in the app`);
    made.set(key, [...earlier, after.id]);
  }

  return {
    writes,
    violations,
    appWrote: (command, before, after) => {
      writes.push(`app ${JSON.stringify(command)}`);
      if (after === null) return;
      if (command.kind === 'create') checkCreate(command.key, after);
      checkAppConsent(command.key, before?.status ?? null, after);
    },
    crmWrote: (command, before) => {
      writes.push(`crm ${JSON.stringify(command)}`);
      if (command.kind === 'delete') return;
      const to = command.set['email_status'];
      const from = before?.['email_status']?.text ?? null;
      if (to !== 'subscribed' || from === 'subscribed') return;
      const member = context.memberOf(command.key);
      const isOwned = context.consentOwner === 'app' && member?.status === 'subscribed';
      const withdrawnAt = context.withdrawnAt(command.key, member);
      if (WITHDRAWN.has(from ?? '') && !(isOwned && isNewer(member.optInAt, withdrawnAt))) {
        violations.push(`row ${command.key} was subscribed from “${from}” without proof`);
      }
    },
  };
}
