/** What `trivet webhooks` does, for each app that was meant. */
import { createWebhooks } from '../connectors/registry.ts';
import { CommandFailure, EXIT, noTarget, wrongUsage } from './failure.ts';
import type { Ink } from './print/ink.ts';
import { readJsonSecret } from './secret-book.ts';
import type { Target } from './target.ts';
import {
  listWebhooks,
  registerWebhook,
  removeWebhooks,
  type KnownWebhook,
  type Registered,
  type Registration,
} from './webhook-registration.ts';
import { answerFrom, nameTarget, type Answer, type TargetOptions } from './with-target.ts';

export interface WebhookOptions extends TargetOptions {
  readonly publicUrl?: string;
}

/** A vendor may take its time, and asks the address while we wait. */
const BUDGET_MS = 60_000;

export async function printWebhooks(
  name: string | undefined,
  options: WebhookOptions,
): Promise<void> {
  await answerFrom(options, (target) =>
    forApps(target, name, options, async (registration) => {
      const webhooks = await listWebhooks(registration);
      return {
        json: { webhooks },
        lines: (ink) =>
          webhooks.length === 0
            ? ['no webhook']
            : webhooks.flatMap((webhook) => formatWebhook(ink, webhook)),
      };
    }),
  );
}

export async function registerAll(
  name: string | undefined,
  options: WebhookOptions,
): Promise<void> {
  await answerFrom(options, (target) => {
    if (!target.isRunning) {
      throw noTarget(
        `${nameTarget(target)}: the vendor asks the address before it takes it. Start it: npx trivet local`,
      );
    }
    return forApps(target, name, options, async (registration) => {
      const { url } = registration;
      if (url === null) throw nowhere(target);
      const registered = await registerWebhook({ ...registration, url });
      return {
        json: { ...registered },
        lines: (ink) => [
          tellRegistered(registered, target),
          ...formatWebhook(ink, registered.webhook),
        ],
      };
    });
  });
}

export async function removeAll(name: string | undefined, options: WebhookOptions): Promise<void> {
  await answerFrom(options, (target) =>
    forApps(target, name, options, async (registration) => {
      const removed = await removeWebhooks(registration);
      return {
        json: { removed },
        lines: () =>
          removed.length === 0
            ? ['none of ours was there']
            : removed.map(({ url }) => `removed ${url}`),
      };
    }),
  );
}

const nowhere = (target: Target): CommandFailure =>
  wrongUsage(
    `${nameTarget(target)} is reached by nobody outside this machine. Point a tunnel at it and name it: npx trivet local --public-url https://…, or here: --public-url https://…`,
  );

/** One after the other: what was done for the first stays done when the second fails. */
async function forApps(
  target: Target,
  name: string | undefined,
  { publicUrl }: WebhookOptions,
  act: (registration: Registration) => Promise<Answer>,
): Promise<Answer> {
  const answers: (readonly [app: string, answer: Answer])[] = [];
  for (const app of appsOf(target, name)) {
    answers.push([app, await act(await registrationOf(target, app, publicUrl ?? target.endpoint))]);
  }
  return {
    json: { apps: Object.fromEntries(answers.map(([app, { json }]) => [app, json])) },
    lines: (ink) =>
      answers.flatMap(([app, { lines }]) => [
        ink.paint('bold', app),
        ...lines(ink).map((line) => `  ${line}`),
      ]),
  };
}

function appsOf({ config }: Target, name: string | undefined): readonly string[] {
  const all = Object.keys(config.apps);
  if (name === undefined) return all;
  if (all.includes(name)) return [name];
  throw wrongUsage(`There is no app “${name}”; there is ${all.join(', ')}.`);
}

export async function registrationOf(
  target: Target,
  app: string,
  endpoint: string | null,
): Promise<Registration> {
  const { config, secrets, webhookSecret: secretName, clock, rates } = target;
  const known = config.apps[app];
  if (known === undefined) throw new Error(`The configuration has no app “${app}”.`);
  const secret = await readJsonSecret(secrets, known.secret);
  const made = createWebhooks({ app: known, secret, clock, rates });
  if (made.kind === 'halted') throw new CommandFailure(`${app}: ${made.reason}`, EXIT.needsPerson);
  const endsAt = clock.now() + BUDGET_MS;
  return {
    app,
    registry: made.value,
    secrets,
    secretName,
    url: endpoint === null ? null : `${endpoint}/webhooks/${app}`,
    budget: { remainingMs: () => endsAt - clock.now() },
  };
}

function tellRegistered({ outcome, webhook }: Registered, { webhookSecret }: Target): string {
  const kept = webhook.isSigned
    ? `its signing secret is in ${webhookSecret}`
    : 'the vendor does not sign for this account, so its address is secret';
  switch (outcome) {
    case 'there':
      return 'was registered already';
    case 'registered':
      return `registered; ${kept}`;
    case 'renewed':
      return `made anew; ${kept}`;
  }
}

function formatWebhook(
  ink: Ink,
  { url, events, isOurs, isSigned, isTrusted }: KnownWebhook,
): readonly string[] {
  const whose = isOurs ? ink.paint('green', 'ours') : ink.paint('dim', 'another’s');
  const signed = isSigned ? 'signed' : 'not signed';
  const lost =
    isOurs && !isTrusted
      ? [
          ink.paint(
            'yellow',
            '  its requests are refused: its secret is not kept. Do: npx trivet webhooks register',
          ),
        ]
      : [];
  return [`${url}  ${whose}, ${signed}`, `  ${events.join(', ')}`, ...lost];
}
