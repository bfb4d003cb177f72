/** Exactly what each function may do, word by word: a permission added in lib/stack must be added here, on purpose. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import type { NetworkConfig } from '../../lib/config/model.ts';
import type { StateStore } from '../../lib/ports/state.ts';
import { CONFIG, PROJECT_ROOT, resourcesOf, shortId, synthesize } from './fixtures/synthesize.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Effect, actions and resources of every statement of a role, readable: logical ids without hashes. */
function permissionsOf(template: Template, role: string): readonly string[] {
  const policy = resourcesOf(template, 'AWS::IAM::Policy')[`${role}DefaultPolicy`];
  const document = policy?.Properties['PolicyDocument'] as
    | { readonly Statement: readonly Statement[] }
    | undefined;
  return (document?.Statement ?? []).map(
    (statement) =>
      `${statement.Effect} ${list(statement.Action).join(' ')} on ${list(statement.Resource).map(nameResource).join(', ')}`,
  );
}

const list = <T>(one: T | readonly T[]): readonly T[] =>
  Array.isArray(one) ? (one as readonly T[]) : [one as T];

function nameResource(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, ...intrinsics } = resource as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? `{${Ref}}` : shortId(Ref);
  const attribute = intrinsics['Fn::GetAtt'] as readonly [string, string] | undefined;
  if (attribute !== undefined) return shortId(attribute[0]);
  const [, parts] = intrinsics['Fn::Join'] as readonly [string, readonly unknown[]];
  return parts.map(nameResource).join('');
}

/** DynamoDB actions as IAM names them: commands by their names, PartiQL statements by their verbs. */
function actionsCalledBy(folder: string): ReadonlySet<string> {
  const path = join(PROJECT_ROOT, folder);
  const files = readdirSync(path).map((file) => readFileSync(join(path, file), 'utf8'));
  const code = files.join('\n');
  const commands = [...code.matchAll(/new (\w+)Command\(/g)].map(([, name]) => String(name));
  const verbs = [...code.matchAll(/`(INSERT|UPDATE|DELETE|SELECT) /g)].map(
    ([, verb]) => `PartiQL${String(verb).charAt(0)}${String(verb).slice(1).toLowerCase()}`,
  );
  const plain = commands.filter((name) => name !== 'BatchExecuteStatement');
  return new Set([...plain, ...verbs].map((name) => `dynamodb:${name}`));
}

const arnOf = (secret: string): string =>
  `arn:{AWS::Partition}:secretsmanager:{AWS::Region}:{AWS::AccountId}:secret:${secret}-??????`;

/** What each operation of the state port asks of DynamoDB; `save` inserts, updates in batches, or alone. */
const [get, query, update] = ['dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];
const [insert, change] = ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'];
const remove = 'dynamodb:DeleteItem';
const inboxQuery = 'dynamodb:Query on the inbox';
const asked: Readonly<Record<keyof StateStore, readonly string[]>> = {
  load: [get],
  save: [insert, change, update],
  findLinks: [get],
  claimLinks: [insert, get],
  moveLink: [update],
  releaseLink: [remove],
  due: [inboxQuery, get, update],
  inbox: [inboxQuery, get],
  scan: [query],
  block: [update],
  unblock: [remove],
  blockedBy: [query],
  putUnmatched: [update],
  dropUnmatched: [get, remove],
  listUnmatched: [query],
  append: ['dynamodb:BatchWriteItem'],
  read: [query],
  readPage: [query],
  forgetHistory: [query, 'dynamodb:BatchWriteItem'],
  forgetRecord: [remove],
  recent: [query],
  loadCheckpoint: [get],
  saveCheckpoint: [update],
  loadHealth: [get],
  saveHealth: [update],
  loadBook: [get],
  saveBook: [update],
  putPlanned: [insert],
  dropPlanned: [remove],
  countPlanned: [query],
  listPlanned: [query],
  putPlanResult: ['dynamodb:BatchWriteItem'],
  readPlanResults: [get],
  putHolders: [insert],
  dropHolders: [remove],
  holdersOf: [query],
  digestBuckets: [],
  noteDigests: [update],
  dropDigests: [remove],
  digestsIn: [query],
  spill: [update],
  spilled: [query],
  recordsIn: [query],
  bury: [insert, change, get],
  buried: [get, insert],
  valueKey: [get, insert],
};

/** What the code that a function can reach from there calls on the state port, as DynamoDB's actions. */
function actionsAskedFrom(entry: string): readonly string[] {
  const byOperation = new Map<string, readonly string[]>(Object.entries(asked));
  const seen = new Set<string>();
  const actions = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(join(PROJECT_ROOT, path), 'utf8');
    for (const [, name = ''] of text.matchAll(/\bstate\s*\.\s*(\w+)\(/g)) {
      for (const action of byOperation.get(name) ?? []) actions.add(action);
    }
    for (const [, target = ''] of text.matchAll(
      /^(?:im|ex)port (?!type)[^;]*?from '(\.[^']+)'/gms,
    )) {
      visit(join(dirname(path), target));
    }
  };
  visit(entry);
  return [...actions].sort();
}

function actionsAllowed(permissions: readonly string[]): readonly string[] {
  const actions = permissions.flatMap((permission) => {
    const [named = '', on = ''] = permission.split(' on ');
    const found: readonly string[] = named.match(/dynamodb:\w+/g) ?? [];
    return on.endsWith('/inbox') ? found.map((action) => `${action} on the inbox`) : found;
  });
  return [...new Set(actions)].sort();
}

const consume = 'sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes';
const keep = [
  'dynamodb:BatchGetItem dynamodb:Query dynamodb:UpdateItem dynamodb:DeleteItem',
  'dynamodb:PartiQLInsert dynamodb:PartiQLUpdate',
].join(' ');
const log = 'logs:CreateLogStream logs:PutLogEvents';

const applyPermissions = (sync: string, secret: string): readonly string[] => [
  `Allow ${consume} on Apply${sync}LanesQueue`,
  `Allow sqs:SendMessage on PullsQueue, Apply${sync}LanesQueue`,
  `Allow ${keep} on TablesState`,
  'Allow dynamodb:BatchWriteItem dynamodb:Query on TablesHistory',
  `Allow secretsmanager:GetSecretValue on ${arnOf('crm/database')}, ${arnOf(secret)}`,
  `Allow ${log} on Apply${sync}ApplyLog`,
];

const pullPermissions: readonly string[] = [
  `Allow ${consume} on PullsQueue`,
  'Allow sqs:SendMessage on PullsQueue, ApplycontactsnewsLanesQueue, ApplycontactsshopLanesQueue',
  'Allow dynamodb:BatchGetItem dynamodb:Query dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:PartiQLInsert on TablesState',
  'Allow dynamodb:Query on TablesState/index/inbox',
  `Allow secretsmanager:GetSecretValue on ${['crm/database', 'mailchimp/news', 'mailchimp/shop'].map(arnOf).join(', ')}`,
  `Allow ${log} on PullLog`,
];

const webhookPermissions: readonly string[] = [
  'Allow sqs:SendMessage on PullsQueue',
  'Allow secretsmanager:GetSecretValue on WebhookKeysSecret',
  `Allow ${log} on WebhookLog`,
];

describe('permissions', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  }, 60_000);

  test("pull reads its queue, feeds the lanes, keeps state, and opens the CRM's and every app's secret", () => {
    expect(permissionsOf(template, 'PullRole')).toEqual(pullPermissions);
  });

  test("an apply touches its own lane, its own app's secret, state and history", () => {
    const news = permissionsOf(template, 'ApplycontactsnewsApplyRole');
    const shop = permissionsOf(template, 'ApplycontactsshopApplyRole');
    expect(news).toEqual(applyPermissions('contactsnews', 'mailchimp/news'));
    expect(shop).toEqual(applyPermissions('contactsshop', 'mailchimp/shop'));
  });

  test('what is allowed on the tables is what the state adapters call, no more and no less', () => {
    const statements = permissionsOf(template, 'ApplycontactsnewsApplyRole').join(' ');
    const allowed = new Set(statements.match(/dynamodb:\w+/g));
    expect([...allowed].sort()).toEqual([...actionsCalledBy('lib/state')].sort());
  });

  test.each([
    ['PullRole', 'lib/flow/pull.ts'],
    ['ApplycontactsnewsApplyRole', 'lib/flow/apply.ts'],
  ])('on the tables the %s may do what %s can come to call, no more and no less', (role, entry) => {
    expect(actionsAllowed(permissionsOf(template, role))).toEqual(actionsAskedFrom(entry));
  });

  test('webhook can ring and check signatures, nothing else', () => {
    expect(permissionsOf(template, 'WebhookRole')).toEqual(webhookPermissions);
  });

  test('schedules can only ring', () => {
    const [scheduler] = Object.keys(resourcesOf(template, 'AWS::IAM::Role')).filter((id) =>
      id.startsWith('SchedulerRole'),
    );
    const policies = Object.entries(resourcesOf(template, 'AWS::IAM::Policy'));
    const [, policy] = policies.find(([id]) => id.startsWith('SchedulerRole')) ?? [];
    expect(scheduler).toBeDefined();
    expect(policy?.Properties['PolicyDocument']).toMatchObject({
      Statement: [{ Action: 'sqs:SendMessage', Effect: 'Allow' }],
    });
  });

  test('there are no other roles, and no role has a managed policy', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(
      Object.keys(roles)
        .map((id) => id.replace(/^SchedulerRole.*/, 'SchedulerRole'))
        .sort(),
    ).toEqual([
      'ApplycontactsnewsApplyRole',
      'ApplycontactsshopApplyRole',
      'PullRole',
      'SchedulerRole',
      'WebhookRole',
    ]);
    for (const role of Object.values(roles)) {
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(role.Properties).not.toHaveProperty('Policies');
    }
  });

  test('only API Gateway may call a function, and only webhook', () => {
    const calls = Object.values(resourcesOf(template, 'AWS::Lambda::Permission'));
    expect(calls.map((call) => call.Properties)).toMatchObject([
      {
        Principal: 'apigateway.amazonaws.com',
        FunctionName: { 'Fn::GetAtt': [expect.stringContaining('WebhookFunction'), 'Arn'] },
      },
    ]);
  });
});

describe('permissions in a network of the user', () => {
  const network: NetworkConfig = {
    kind: 'vpc',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718'],
    securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
  };
  const attach = [
    'ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses',
  ].join(' ');

  test('Lambda may attach pull and apply, their code may not, and webhook has none of it', () => {
    const template = synthesize({ config: { ...CONFIG, crm: { ...CONFIG.crm, network } } });
    const [rest, log] = [pullPermissions.slice(0, -1), pullPermissions.slice(-1)];
    const added = [`Allow ${attach} on *`, `Deny ${attach} on *`];
    expect(permissionsOf(template, 'PullRole')).toEqual([...rest, ...added, ...log]);
    expect(permissionsOf(template, 'ApplycontactsnewsApplyRole')).toEqual(
      expect.arrayContaining(added),
    );
    expect(permissionsOf(template, 'WebhookRole')).toEqual(webhookPermissions);
  }, 60_000);
});
