/**
 * What stops a sync until a person acts, said so that this person knows what to do. Most of them work with ads,
 * not with APIs.
 */
import type { Context } from './failures.ts';

type Sentence = (context: Context) => string;

export const sentences = {
  token: () =>
    'Meta does not accept the access token any more. Make a new one, put it into the secret; the sync then goes on by itself.',
  expired: () =>
    'The access to Meta has expired. Make a new token (one of a system user does not expire), put it into the secret; the sync then goes on by itself.',
  password: () =>
    'The person who gave the access to Meta has changed their password, and that ended it. Make a new token, put it into the secret; the sync then goes on by itself.',
  checkpoint: () =>
    'Meta wants the person who gave the access to log in at facebook.com and follow the instructions there. Then the sync goes on by itself.',
  scope: () =>
    'The access token may not manage ads. Make one with the permission ads_management, put it into the secret; the sync then goes on by itself.',
  permission: ({ audience }) =>
    `The Meta user behind the token may not change the audience ${audience}. Give them a role in the ad account that may; the sync then goes on by itself.`,
  terms: ({ adAccount }) =>
    `Meta’s terms for custom audiences are not accepted. Somebody with access to the ad account accepts them at https://business.facebook.com/ads/manage/customaudiences/tos/?act=${adAccount.replace('act_', '')}; the sync then goes on by itself.`,
  business: ({ adAccount }) =>
    `Customer lists need an ad account that belongs to a business, and ${adAccount} belongs to none. Add it to one in Meta’s business settings; the sync then goes on by itself.`,
  flagged: ({ audience }) =>
    `Meta has flagged the audience ${audience}, because its name or description may suggest something about people’s health or money, and takes no changes. Rename it or ask for a review in Ads Manager; the sync then goes on by itself.`,
  blocked: () =>
    'Meta has blocked this as misuse. Look at the account’s quality page in Meta’s business settings, and pause the sync until that is settled.',
  missing: ({ audience }) =>
    `The audience ${audience} is not there, or this token may not see it. Correct the audience’s id or the token; the sync then goes on by itself.`,
  deleted: ({ audience }) =>
    `The audience ${audience} was deleted at Meta. Name another one in the configuration.`,
  unshared: ({ audience, adAccount }) =>
    `The audience ${audience} is not shared with the ad account ${adAccount}. Share it in Ads Manager; the sync then goes on by itself.`,
  lookalikes: ({ audience }) =>
    `Lookalike audiences depend on ${audience}, so Meta does not delete it. Delete them first.`,
  tooLarge: ({ audience }) =>
    `The audience ${audience} is too large to be replaced at once. Leave out --rebuild; single changes go on.`,
  update: ({ audience }) =>
    `Meta refuses to change the audience ${audience}. It must be a customer list, made as such. Then the sync goes on by itself.`,
  version: ({ version }) =>
    `Meta has ended version ${version} of its API. Set a newer version in meta({ version }) and deploy; until then nobody enters or leaves the audience.`,
  address: () =>
    'What answers is not Meta’s API. Correct the base URL in the configuration; the sync then goes on by itself.',
} as const satisfies Record<string, Sentence>;
