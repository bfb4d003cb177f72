/** The CRM's end for `trivet doctor`: connected to as Trivet is. That it cannot be reached is a finding like any other. */
import type { CrmConfig, SyncConfig } from '../config/model.ts';
import { openSession, type CrmSession } from '../crm/connect.ts';
import {
  examineCrm,
  logCapture,
  timestampCapture,
  type CaptureCheck,
  type CrmExamination,
} from '../crm/examine.ts';
import { tlsFindings } from '../crm/examine-server.ts';
import type { Finding } from '../ports/finding.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import { capturedTables } from './captured-tables.ts';
import { requireCrmUrl } from './secret-book.ts';
import { HiddenSecret, type Setup } from './setup.ts';

/** Each mode of capture is looked at in its own way, and says its own limits. */
const CAPTURE_CHECKS: Readonly<Record<CrmConfig['capture'], CaptureCheck>> = {
  log: logCapture,
  timestamp: timestampCapture,
};

export async function examineCrmEnd(
  setup: Setup,
  syncs: readonly SyncConfig[],
): Promise<CrmExamination> {
  const { config } = setup;
  let address: ReturnType<typeof requireCrmUrl>;
  try {
    address = requireCrmUrl(await setup.readSecret(config.crm.secret), config.crm.secret);
  } catch (error) {
    if (error instanceof HiddenSecret) {
      return { findings: [], unchecked: [{ what: 'the CRM’s database', why: error.message }] };
    }
    return only(wrong('crm.secret', `secret ${config.crm.secret}`, wordsOf(error)));
  }
  let session: CrmSession;
  try {
    session = await openSession(address);
  } catch (error) {
    return whyUnreached(setup, error);
  }
  try {
    const seen = await examineCrm({
      session,
      tables: capturedTables(syncs),
      syncs: config.syncs.map(({ spec }) => spec.name),
      capture: CAPTURE_CHECKS[config.crm.capture],
      now: () => Date.now(),
    });
    return { ...seen, findings: [...tlsFindings(address.url), ...seen.findings] };
  } finally {
    await session.close();
  }
}

/** From outside its VPC nothing can be said of a database: the functions are inside. */
function whyUnreached({ mode, config }: Setup, error: unknown): CrmExamination {
  const isSilent = error instanceof CrmUnavailable && error.kind === 'retry';
  if (mode === 'aws' && config.crm.network.kind === 'vpc' && isSilent) {
    const why = `it lies in a VPC and is not reached from here. Run this inside that network, or over a VPN into it. (${error.message})`;
    return { findings: [], unchecked: [{ what: 'the CRM’s database', why }] };
  }
  return only(wrong('crm.unreachable', 'database', wordsOf(error)));
}

const only = (finding: Finding): CrmExamination => ({ findings: [finding], unchecked: [] });

/** The sentence says the remedy, too. */
const wrong = (code: string, where: string, found: string): Finding => ({
  severity: 'error',
  code,
  sync: null,
  where,
  found,
  remedy: null,
});

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
