/**
 * An audience looked at before a sync relies on it: the token and what it may do, the audience and of which kind it is,
 * the terms somebody must have accepted, the version of the API, and the columns that are mapped. Nothing is written,
 * and nothing can be made: terms are accepted by a person, in Meta's pages.
 */
import type { Budget } from '../../ports/clock.ts';
import type { AppExaminer, ExaminedField } from '../../ports/examine.ts';
import type { Finding, Severity } from '../../ports/finding.ts';
import { judgeStatus, noteUpgrade } from './audience-status.ts';
import type { Answer, Client } from './client.ts';
import type { MetaOptions } from './config.ts';
import { type Context, judgeAnswer, ruleOfAnswer } from './failures.ts';
import { sentences } from './sentences.ts';
import { parseAccount, parseAudience, parsePermissions } from './wire.ts';

type Found = Omit<Finding, 'sync'>;

export interface ExaminerTools {
  readonly client: Client;
  readonly options: MetaOptions;
}

export const createExaminer = (tools: ExaminerTools): AppExaminer => ({
  examine: async (fields, budget) => ({
    findings: [...(await vendorFindings(tools, budget)), ...fieldFindings(fields, tools.options)],
    fixes: [],
    // Nothing that Meta is told has a time of ours in it.
    clockAheadMs: null,
  }),
});

const advice = (text: string): Finding['remedy'] => ({ kind: 'advice', text });

type Read =
  | { readonly kind: 'ok'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly found: Found };

async function vendorFindings(tools: ExaminerTools, budget: Budget): Promise<readonly Found[]> {
  const { options } = tools;
  const { audience: id } = options;
  const read = await ask(tools, budget, `/${id}`, 'id,account_id,subtype,operation_status');
  // Whoever is not let in is told nothing more.
  if (read.kind === 'failed') return [read.found];
  const seen = parseAudience(read.answer.body);
  if (seen === null) return [refused(tools, sentences.address())];
  const own = seen.accountId === null ? null : `act_${seen.accountId}`;
  const account = own ?? options.adAccount ?? null;
  return [
    ...versionFindings(options, read.answer),
    ...accountFindings(options, own),
    ...kindFindings(options, seen.subtype),
    ...statusFindings(options, seen.operationStatus, account),
    ...(await permissionFindings(tools, budget)),
    ...(account === null ? [] : await termsFindings(tools, account, budget)),
  ];
}

const whereOf = ({ audience }: MetaOptions): string => `audience ${audience}`;

const refused = ({ options }: ExaminerTools, found: string): Found => ({
  severity: 'error',
  code: 'app.refused',
  where: whereOf(options),
  found,
  remedy: advice('Correct the token in the secret, or the audience in the configuration.'),
});

async function ask(
  { client, options }: ExaminerTools,
  budget: Budget,
  path: string,
  fields: string | null,
): Promise<Read> {
  const query = fields === null ? {} : { query: { fields } };
  const reply = await client.call({ method: 'GET', path, ...query }, budget);
  const where = whereOf(options);
  const unreachable = (reason: string): Read => ({
    kind: 'failed',
    found: {
      severity: 'error',
      code: 'app.unreachable',
      where,
      found: reason,
      remedy: advice('Try again; if it stays so, look at metastatus.com and at the network.'),
    },
  });
  if (reply.kind === 'silence') return unreachable(reply.reason);
  if (reply.status >= 200 && reply.status < 300) return { kind: 'ok', answer: reply };
  const context = contextOf(options, options.adAccount ?? null);
  const verdict = judgeAnswer(reply, context);
  if (verdict.kind === 'retry') return unreachable(verdict.reason);
  const rule = ruleOfAnswer(reply);
  const code = CODES[rule] ?? 'app.refused';
  const remedy = REMEDIES[code] ?? REMEDIES['app.refused'];
  return {
    kind: 'failed',
    found: { severity: 'error', code, where, found: verdict.reason, remedy: remedy ?? null },
  };
}

const contextOf = ({ audience, version }: MetaOptions, account: string | null): Context => ({
  isWrite: false,
  adAccount: account ?? 'the ad account',
  audience,
  version,
});

/** What stands in the way, by the rule that says so; all else is `app.refused`. */
const CODES: Readonly<Record<string, string>> = {
  version: 'app.version',
  scope: 'app.permission',
  permission: 'app.permission',
  terms: 'app.terms',
  business: 'app.terms',
  flagged: 'app.audience-status',
};

const REMEDIES: Readonly<Record<string, Finding['remedy']>> = {
  'app.version': advice('Name a version that lives: meta({ version }), and deploy.'),
  'app.permission': advice(
    'Make a token of a system user with ads_management and a role in the ad account, and put it into the secret.',
  ),
  'app.terms': advice('Somebody with access to the ad account does it in Meta’s pages.'),
  'app.audience-status': advice('Look at the audience in Ads Manager.'),
  'app.refused': advice('Correct the token in the secret, or the audience in the configuration.'),
};

/** An ended version may be answered by a later one without a word. */
function versionFindings(options: MetaOptions, { version }: Answer): readonly Found[] {
  const upgrade = noteUpgrade(options.version, version);
  if (upgrade === null) return [];
  return [
    {
      severity: 'warning',
      code: 'app.version',
      where: `version ${options.version}`,
      found: `${upgrade} Once the two differ, calls are refused.`,
      remedy: REMEDIES['app.version'] ?? null,
    },
  ];
}

function accountFindings(options: MetaOptions, own: string | null): readonly Found[] {
  const { adAccount = null } = options;
  if (adAccount === null || own === null || own === adAccount) return [];
  return [
    {
      severity: 'error',
      code: 'app.account',
      where: whereOf(options),
      found: `It is in the ad account ${own}, and meta({ adAccount }) says ${adAccount}.`,
      remedy: advice('Correct the account, or the audience.'),
    },
  ];
}

/** Only a customer list takes people: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences */
function kindFindings(options: MetaOptions, subtype: string | null): readonly Found[] {
  if (subtype === null || subtype === 'CUSTOM') return [];
  return [
    {
      severity: 'error',
      code: 'app.audience-kind',
      where: whereOf(options),
      found: `It is of the kind ${subtype}: Meta fills it by itself, and takes nobody from outside.`,
      remedy: advice('Make an audience of a customer list (subtype CUSTOM) and name that one.'),
    },
  ];
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  halted: 'error',
  notice: 'warning',
  retry: 'note',
};

function statusFindings(
  options: MetaOptions,
  status: number | null,
  account: string | null,
): readonly Found[] {
  if (status === null) return [];
  const verdict = judgeStatus(status, contextOf(options, account));
  if (verdict.kind === 'ready') return [];
  return [
    {
      severity: SEVERITIES[verdict.kind] ?? 'warning',
      code: 'app.audience-status',
      where: whereOf(options),
      found: verdict.reason,
      remedy: verdict.kind === 'retry' ? null : (REMEDIES['app.audience-status'] ?? null),
    },
  ];
}

/**
 * A token that may only read gets as far as here. https://developers.facebook.com/docs/graph-api/reference/user/permissions
 * Whoever is not answered has lost nothing: the first upload would tell.
 */
async function permissionFindings(tools: ExaminerTools, budget: Budget): Promise<readonly Found[]> {
  const read = await ask(tools, budget, '/me/permissions', null);
  const granted = read.kind === 'ok' ? parsePermissions(read.answer.body) : null;
  if (granted === null || granted.includes('ads_management')) return [];
  return [
    {
      severity: 'error',
      code: 'app.permission',
      where: 'access token',
      found: 'It may look at ads and not manage them: every upload would be refused.',
      remedy: REMEDIES['app.permission'] ?? null,
    },
  ];
}

/** https://developers.facebook.com/docs/marketing-api/audiences/reference/custom-audience-terms-of-service */
async function termsFindings(
  tools: ExaminerTools,
  account: string,
  budget: Budget,
): Promise<readonly Found[]> {
  const read = await ask(tools, budget, `/${account}`, 'tos_accepted');
  if (read.kind === 'failed') return [read.found];
  if (parseAccount(read.answer.body)?.termsAccepted !== false) return [];
  return [
    {
      severity: 'error',
      code: 'app.terms',
      where: `ad account ${account}`,
      found: sentences.terms(contextOf(tools.options, account)),
      remedy: REMEDIES['app.terms'] ?? null,
    },
  ];
}

/** What is mapped, where it would not do what its writer means. */
function fieldFindings(
  fields: readonly ExaminedField[],
  { country, limitedDataUse }: MetaOptions,
): readonly Found[] {
  const byPath = new Map(fields.map((field) => [field.path, field]));
  const findings: Found[] = [];
  const add = (
    severity: Severity,
    code: string,
    where: string,
    { found, mend }: { readonly found: string; readonly mend: string },
  ): void => void findings.push({ severity, code, where, found, remedy: advice(mend) });
  const places = PLACES.filter((path) => byPath.has(path));
  if (!byPath.has(DATA_USE) && places.length > 0) {
    add('warning', 'app.limited-data-use', places.join(', '), {
      found:
        limitedDataUse === false
          ? 'These say where Limited Data Use holds, but no column says for whom, so it holds for nobody.'
          : 'Limited Data Use holds for everybody here, whatever these columns say of the place.',
      mend: `Map a column to ${DATA_USE} that says for whom it holds.`,
    });
  } else if (places.length === 1) {
    add('warning', 'app.limited-data-use', places.join(), {
      found:
        'Meta takes the country and the state of Limited Data Use together, and finds out both by itself where one is missing.',
      mend: 'Map both, or neither.',
    });
  }
  const placed = ['PHONE', 'ZIP'].filter((path) => byPath.has(path));
  if (placed.length > 0 && country === undefined && !byPath.has('COUNTRY')) {
    add('note', 'app.country', placed.join(', '), {
      found:
        'Nothing says in which country people live: numbers without a country code are not sent, and post codes go as they are.',
      mend: 'Map a column to COUNTRY, or say meta({ country }).',
    });
  }
  if (![...byPath.values()].some(({ type }) => type.name === 'consent')) {
    add('note', 'app.consent-unmapped', 'consent', {
      found:
        'No column tells who has withdrawn: people leave the audience only when the filter says so, and only this one.',
      mend: 'Map the column of consent to “consent”: who withdraws then leaves every audience of the ad account.',
    });
  }
  return findings;
}

const DATA_USE = 'DATA_PROCESSING_OPTIONS';
const PLACES = ['DATA_PROCESSING_OPTIONS_COUNTRY', 'DATA_PROCESSING_OPTIONS_STATE'] as const;
