/** Exact counts: what a sync costs in calls and units, the same on every machine. */
import type { Section } from '../figure.ts';
import type { Sizes } from '../sizes.ts';
import { countKnownMembers, countMixture } from './known-members.ts';
import { countNewContacts } from './new-contacts.ts';

export async function runCounts({ counts }: Sizes): Promise<Section> {
  const { figures, data } = await countNewContacts(counts.contacts, counts.changed);
  return {
    part: 'counts',
    title: 'Exact counts',
    method: [
      'The sandbox with a schedule that never rings again: every round is asked for by the doorbell. The simulated Mailchimp counts its answers by route. ' +
        'A meter between the functions and the local DynamoDB asks for the consumed capacity of every call and sums it by kind of item. Transactions that write ' +
        'in the CRM are counted by the numbers Postgres gives them. History, which has its own table, is not counted here; docs/cost.md counts it.',
      'A first sync ends when its backfill is over and the queues are empty. Ids of contacts made in batches come with the next listing, so a created link is ' +
        'paid for in two rounds, and both are counted.',
    ],
    figures: [
      ...figures,
      ...(await countKnownMembers(counts.contacts)),
      ...(await countMixture(counts.contacts)),
    ],
    notes: [
      'Writes and pages of a first sync are bounded for fields the CRM owns. A field both ends may write is looked at and written by itself ' +
        '(lib/engine/SPEC.md, “look before you overwrite”): in the mixture those are the single looks and writes, and they grow with the number of such differences, not with the audience.',
      'Besides the pages a first sync reads the audience once and, in every process that writes, its merge fields once.',
      'The sandbox has no brakes. With the default brakes an idle round reads one item more.',
    ],
    data,
  };
}
