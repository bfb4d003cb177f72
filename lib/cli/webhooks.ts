/** `trivet webhooks list|register|remove`: their options and help. */
import type { Command } from 'commander';
import { webAddress } from './arguments.ts';
import { EXIT_HELP } from './failure.ts';
import type { WebhookOptions } from './run-webhooks.ts';
import { describeTargetCommand } from './with-target.ts';

const APP = 'only this one, as the configuration names it';

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('the webhooks at the vendor that ring when somebody changes something there')
    .addHelpText(
      'after',
      `
Examples:
  npx trivet webhooks list
  npx trivet webhooks register news
  npx trivet webhooks remove news

Without a webhook a change in the app waits for the next schedule; with one it arrives within a second or so.
${EXIT_HELP}`,
    );
  addList(webhooks);
  addRegister(webhooks);
  addRemove(webhooks);
}

function addList(webhooks: Command): void {
  const command = webhooks
    .command('list')
    .description(
      'what is registered at the vendor: address, events, signed or not, ours or another’s',
    )
    .argument('[app]', APP);
  describeTargetCommand(
    command,
    `  npx trivet webhooks list\n  npx trivet webhooks list news --json`,
  ).action(async (app: string | undefined, options: WebhookOptions) => {
    const { printWebhooks } = await import('./run-webhooks.ts');
    await printWebhooks(app, options);
  });
}

function addRegister(webhooks: Command): void {
  const command = webhooks
    .command('register')
    .description('register ours at the vendor and keep its signing secret; again does no harm')
    .argument('[app]', APP)
    .option(
      '--public-url <url>',
      'where the outside reaches this stack, if it does not know that itself',
      webAddress,
    );
  describeTargetCommand(
    command,
    `  npx trivet webhooks register
  npx trivet webhooks register news --stack trivet-main --profile production
  npx trivet webhooks register --public-url https://my-tunnel.example

The vendor asks the address first, so the stack must run and be reachable. It shows the signing secret once; the secret
goes into the stack’s webhook secret, with the one before it, and is never printed. A webhook that is there but not
signed, or whose secret was lost, is made anew.`,
  ).action(async (app: string | undefined, options: WebhookOptions) => {
    const { registerAll } = await import('./run-webhooks.ts');
    await registerAll(app, options);
  });
}

function addRemove(webhooks: Command): void {
  const command = webhooks
    .command('remove')
    .description('remove ours at the vendor, and what was kept about it; others’ stay')
    .argument('[app]', APP);
  describeTargetCommand(command, `  npx trivet webhooks remove news`).action(
    async (app: string | undefined, options: WebhookOptions) => {
      const { removeAll } = await import('./run-webhooks.ts');
      await removeAll(app, options);
    },
  );
}
