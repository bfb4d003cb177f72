/** What `trivet erase` does: who is meant, shown and asked about; the orders stored and waited for; the receipt, signed. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { parseWebhookSecret } from '../config/webhook-secret.ts';
import type { SyncConfig } from '../config/model.ts';
import type { CrmKey } from '../engine/model.ts';
import { OPEN_MAX, orderErasures } from '../flow/erasures.ts';
import { findByEmail, findByKey, type FoundPerson } from '../flow/find-person.ts';
import type { Erasure } from '../ports/state.ts';
import { confirm } from './confirm.ts';
import {
  hashSubject,
  isGenuine,
  OUT_OF_REACH,
  partOf,
  signReceipt,
  type SignedReceipt,
} from './erase-receipt.ts';
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
  const orders = await storeOrders(found, options);
  const receipt = await follow(target, { found, orders, secret, asked });
  if (options.receipt !== undefined)
    await writeFile(options.receipt, `${JSON.stringify(receipt, null, 2)}\n`);
  return {
    json: { receipt },
    lines: (ink) => formatReceipt(ink, receipt),
    exitCode: receipt.isComplete ? EXIT.ok : EXIT.failed,
  };
}

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

interface Order {
  readonly context: TargetContext;
  readonly id: string;
}

async function storeOrders(
  found: readonly Found[],
  { crmRow }: EraseCommand,
): Promise<readonly Order[]> {
  const orders: Order[] = [];
  // A row is deleted once, whatever syncs are fed by its table.
  const rows = new Set<string>();
  for (const { context, people } of found) {
    const { schema, name } = context.sync.table;
    const erasures = people.map(({ key, remoteId, match }): Erasure => {
      const row = `${schema}.${name} ${key}`;
      const isFirst = crmRow === true && key !== null && !rows.has(row);
      rows.add(row);
      return {
        id: randomUUID(),
        by: userInfo().username,
        at: context.clock.now(),
        key,
        remoteId,
        match,
        crmRow: isFirst,
        steps: {},
        problem: null,
        doneAt: null,
      };
    });
    if (erasures.length === 0) continue;
    if (!(await orderErasures(context, erasures)))
      throw new CommandFailure(
        `${context.sync.spec.name} has ${OPEN_MAX} open erasures; wait until they are done.`,
      );
    orders.push(...erasures.map(({ id }) => ({ context, id })));
  }
  return orders;
}

const POLL_MS = 300;
/** A round that was busy may have missed the ring; the schedule is a minute. */
const RING_EVERY_MS = 5_000;

interface Following {
  readonly found: readonly Found[];
  readonly orders: readonly Order[];
  readonly secret: string;
  readonly asked: Asked;
}

async function follow(target: Target, following: Following): Promise<SignedReceipt> {
  const { orders, secret, asked } = following;
  const { clock } = target;
  const endsAt = clock.now() + asked.options.timeout * 1000;
  let rungAt = clock.now();
  for (;;) {
    const erasures = await readOrders(orders);
    const isComplete = erasures.every(({ erasure }) => erasure.doneAt !== null);
    if (isComplete || clock.now() >= endsAt) {
      return signReceipt(secret, {
        kind: 'trivet erasure',
        version: 1,
        target: `${target.mode} ${target.name}`,
        subject: hashSubject(secret, asked.key ?? asked.options.email ?? ''),
        by: userInfo().username,
        orderedAt: new Date(Math.min(...erasures.map(({ erasure }) => erasure.at))).toISOString(),
        isComplete,
        parts: erasures.map(({ context: { sync }, erasure }) =>
          partOf(sync.spec.name, sync.app, erasure),
        ),
        outOfReach: OUT_OF_REACH,
      });
    }
    if (clock.now() - rungAt > RING_EVERY_MS) {
      rungAt = clock.now();
      const names = new Set(orders.map(({ context }) => context.sync.spec.name));
      await target.queue.sendPull(
        [...names].map((sync) => ({ kind: 'ring', sync, source: 'erase' })),
      );
    }
    await clock.sleep(POLL_MS);
  }
}

async function readOrders(
  orders: readonly Order[],
): Promise<readonly { readonly context: TargetContext; readonly erasure: Erasure }[]> {
  const found: { context: TargetContext; erasure: Erasure }[] = [];
  for (const context of new Set(orders.map((order) => order.context))) {
    const { erasing } = await context.state.loadHealth(context.sync.spec.name);
    const ids = new Set(orders.filter((each) => each.context === context).map(({ id }) => id));
    found.push(...erasing.filter(({ id }) => ids.has(id)).map((erasure) => ({ context, erasure })));
  }
  return found;
}
