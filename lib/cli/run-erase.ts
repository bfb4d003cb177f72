/** What `trivet erase` does: who is meant, shown and asked about; the orders stored and waited for; the receipt, signed. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseWebhookSecret } from '../config/webhook-secret.ts';
import type { SyncConfig } from '../config/model.ts';
import type { CrmKey } from '../engine/model.ts';
import { findByEmail, findByKey, type FoundPerson } from '../flow/find-person.ts';
import { confirm } from './confirm.ts';
import { followOrder, orderErasure } from './erase-orders.ts';
import { hashSubject, isGenuine, type SignedReceipt } from './erase-receipt.ts';
import { CommandFailure, EXIT, wrongUsage } from './failure.ts';
import { formatFound, formatReceipt } from './print/erase.ts';
import { createInk } from './print/ink.ts';
import { requireSync, type Target, type TargetContext } from './target.ts';
import {
  answerFrom,
  nameTarget,
  withTypedKey,
  type Answer,
  type TargetOptions,
} from './with-target.ts';

export interface EraseCommand extends TargetOptions {
  readonly all?: boolean;
  readonly email?: string;
  readonly crmRow?: boolean;
  readonly receipt?: string;
  readonly verify?: string;
  readonly order?: string;
  readonly yes?: boolean;
  readonly timeout: number;
}

export async function runErase(
  sync: string | undefined,
  key: string | undefined,
  options: EraseCommand,
): Promise<void> {
  const { verify } = options;
  if (verify !== undefined) return answerFrom(options, (target) => verifyFile(target, verify));
  const { order } = options;
  if (order !== undefined && (sync !== undefined || options.email !== undefined))
    throw wrongUsage(
      '--order names who is meant already: leave the sync, the key and --email out.',
    );
  if (order !== undefined)
    return answerFrom(options, (target) => receiptOf(target, { order, options }), { works: true });
  const wrong = whyWrong(sync, key, options);
  if (wrong !== null) throw wrongUsage(wrong);
  await answerFrom(options, (target) => eraseOn(target, { sync, key, options }), { works: true });
}

function whyWrong(
  sync: string | undefined,
  key: string | undefined,
  { all, email }: EraseCommand,
): string | null {
  if (sync === undefined && all !== true) return 'Say from which sync, or --all.';
  if (key === undefined && email === undefined) return 'Say who: the row’s key, or --email.';
  if (key !== undefined && email !== undefined) return 'Say either the key or --email.';
  if (key !== undefined && sync === undefined)
    return 'A key belongs to a table: name a sync of it, with --all for its other apps.';
  return null;
}

async function secretOf(target: Target): Promise<string> {
  const parsed = parseWebhookSecret(await target.secrets.read(target.webhookSecret));
  if (!parsed.ok) throw new CommandFailure(parsed.reason);
  return parsed.secret.doorbell;
}

async function verifyFile(target: Target, path: string): Promise<Answer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrongUsage(`The file ${path} cannot be read: ${String(error)}`);
  });
  const isOurs = isGenuine(await secretOf(target), text);
  return {
    json: { file: path, isGenuine: isOurs },
    lines: (ink) => [
      isOurs
        ? ink.paint('green', `${path} is a receipt of this installation, unchanged.`)
        : ink.paint('red', `${path} is no receipt of this installation, or was changed.`),
    ],
    exitCode: isOurs ? EXIT.ok : EXIT.failed,
  };
}

interface Asked {
  readonly sync: string | undefined;
  readonly key: string | undefined;
  readonly options: EraseCommand;
}

interface Found {
  readonly context: TargetContext;
  readonly people: readonly FoundPerson[];
}

async function eraseOn(target: Target, asked: Asked): Promise<Answer> {
  const { options } = asked;
  const syncs = syncsFor(target, asked);
  const dry = syncs.filter(({ write }) => !write).map(({ spec }) => spec.name);
  if (dry.length > 0)
    throw new CommandFailure(
      `${dry.join(', ')} only looks (write: false): nothing is erased there.`,
    );
  const secret = await secretOf(target);
  const found = await findAll(target, syncs, asked);
  const count = found.reduce((sum, { people }) => sum + people.length, 0);
  if (count === 0) throw new CommandFailure('Nobody by that key or address is known at any end.');
  if (options.json !== true && options.yes !== true) {
    const lines = formatFound(createInk(process.stderr), found, options.crmRow === true);
    process.stderr.write(`${[nameTarget(target), ...lines].join('\n')}\n`);
  }
  await confirm('Erase them? Nothing brings them back.', { ...options, otherwise: '' });
  const subject = hashSubject(secret, asked.key ?? options.email ?? '');
  const order = await orderErasure(found, { subject, crmRow: options.crmRow === true });
  return receiptOf(target, { order, options });
}

/** Waits for an order, given just now or a week ago, and tells what became of it. */
async function receiptOf(
  target: Target,
  { order, options }: { readonly order: string; readonly options: EraseCommand },
): Promise<Answer> {
  const receipt = await followOrder(target, order, {
    secret: await secretOf(target),
    timeoutMs: options.timeout * 1000,
  });
  if (receipt === null)
    throw new CommandFailure(
      `There is no order ${order}. \`status\` names those that are open; done ones are kept for 30 days.`,
    );
  if (options.receipt !== undefined) await keepReceipt(options.receipt, receipt);
  return {
    json: { order, receipt },
    lines: (ink) => formatReceipt(ink, order, receipt),
    exitCode: receipt.isComplete ? EXIT.ok : EXIT.failed,
  };
}

const keepReceipt = (path: string, receipt: SignedReceipt): Promise<void> =>
  writeFile(path, `${JSON.stringify(receipt, null, 2)}\n`);

function syncsFor(target: Target, { sync, options }: Asked): readonly SyncConfig[] {
  if (sync === undefined) return target.config.syncs;
  const named = requireSync(target, sync);
  if (options.all !== true) return [named];
  const { schema, name } = named.table;
  return target.config.syncs.filter(({ table }) => table.schema === schema && table.name === name);
}

async function findAll(
  target: Target,
  syncs: readonly SyncConfig[],
  { key, options: { email } }: Asked,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const sync of syncs) {
    const context = await target.open(sync);
    const people =
      key === undefined
        ? await findByEmail(context, email ?? '')
        : await withTypedKey(key, (typed: CrmKey) => findByKey(context, typed));
    if (people === null && syncs.length === 1)
      throw wrongUsage(
        `People of ${sync.spec.name} are not told apart by an address: name the key.`,
      );
    found.push({ context, people: people ?? [] });
  }
  return found;
}
