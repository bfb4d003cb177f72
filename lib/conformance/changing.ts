/** Updates, renames, consent, tags: what was sent, on the record that was meant, and nothing else. */
import type { AppCommand, AppOutcome } from '../ports/app.ts';
import {
  agreedOf,
  claimHolds,
  consentOf,
  createOf,
  isSame,
  keyOf,
  matchOf,
  pathOfType,
  range,
  requireAll,
  requireOnly,
  tell,
  typeOf,
  updateOf,
  type Bench,
} from './bench.ts';
import { always, anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Fields, type Held } from './harness.ts';
import {
  hasNo,
  hasNoBulk,
  hasNoConsent,
  hasNoPath,
  hasTwins,
  isLedger,
  isWriteOnly,
} from './reasons.ts';

export const CHANGING: readonly Clause[] = [
  {
    id: 'update',
    promise: 'an update writes the values it carries and leaves all others alone',
    whyNot: always,
    prove: async (bench) => {
      const [first] = await bench.make(2);
      const before = requireThere(first);
      const sent = oneOf(bench.harness.changed(0));
      requireAll(await bench.push(updateOf(bench.harness, 0, before, sent)), 'applied');
      await claimChangedOnly(bench, before, sent);
    },
  },
  {
    id: 'update-bulk',
    promise: 'updates that may go together write each its own record, and nothing else of it',
    whyNot: hasNoBulk,
    prove: async (bench) => {
      const { harness } = bench;
      const made = await bench.make(4);
      const commands = made.map((held, n): AppCommand => {
        const alone = updateOf(harness, n, held, oneOf(harness.changed(n)));
        return { ...(alone as Extract<AppCommand, { kind: 'update' }>), bulk: true };
      });
      requireAll(await bench.push(...commands), 'applied');
      for (const [n, before] of made.entries()) {
        await claimChangedOnly(bench, before, oneOf(harness.changed(n)));
      }
      claimEqual((await bench.stage.held()).length, 4, 'records in the app');
    },
  },
  {
    id: 'update-gone',
    promise: 'an update of somebody who is gone is answered with gone, and makes nobody',
    whyNot: anyOf(isWriteOnly, hasNo('removal')),
    prove: async (bench) => {
      const made = requireOnly(await bench.make(1));
      await bench.people.remove(made.remoteId);
      const before = await bench.stage.held();
      const outcome = requireOnly(await bench.push(updateOf(bench.harness, 0, made)));
      const isThere = before.some(({ remoteId }) => remoteId === made.remoteId);
      claim(isThere || outcome.kind === 'gone', `it was answered by ${tell(outcome)}`);
      claimEqual((await bench.stage.held()).length, before.length, 'records in the app');
    },
  },
  {
    id: 'rename',
    promise: 'a rename keeps the record: its id, its values, and that there is one of it',
    whyNot: hasNo('rename'),
    prove: async (bench) => {
      const { harness } = bench;
      const [first] = await bench.make(2);
      const before = requireThere(first);
      const to = newMatch(bench, 0);
      requireAll(await bench.push(renameOf(bench, before, to)), 'applied');
      await claimChangedOnly(bench, before, { [harness.matchPath]: to });
      claimEqual((await bench.stage.held()).length, 2, 'records in the app');
    },
  },
  {
    id: 'rename-taken',
    promise: 'a rename to what another record has is answered with exists, and changes nothing',
    whyNot: anyOf(hasNo('rename'), hasTwins),
    prove: async (bench) => {
      const { harness } = bench;
      const [first] = await bench.make(2);
      const before = await bench.stage.held();
      const taken = matchOf(harness, harness.person(1));
      const outcome = requireOnly(await bench.push(renameOf(bench, requireThere(first), taken)));
      claim(outcome.kind === 'exists', `it was answered by ${tell(outcome)}`);
      claimEqual(await bench.stage.held(), before, 'what the app holds');
    },
  },
  {
    id: 'consent',
    promise: 'a withdrawal sets the consent, at once and alone',
    whyNot: hasNoConsent,
    prove: async (bench) => {
      const before = requireOnly(await bench.make(1));
      const { path, withdrawn } = consentOf(bench.harness) ?? { path: '', withdrawn: true };
      const { remoteId } = before;
      const command: AppCommand = {
        kind: 'consent',
        key: keyOf(0),
        remoteId,
        path,
        to: withdrawn,
      };
      requireAll(await bench.push(command), 'applied');
      await claimChangedOnly(bench, before, { [path]: withdrawn });
    },
  },
  {
    id: 'consent-pending',
    promise: 'nobody is ever brought in as pending: that would send a mail nobody asked for',
    whyNot: hasNoPath('consent'),
    prove: async (bench) => {
      const path = pathOfType(bench.harness, 'consent') ?? '';
      await bench.push(...range(2).map((n) => createOf(bench.harness, n, { [path]: 'pending' })));
      for (const { raw } of await bench.stage.held()) {
        const isPending = isSame(bench.harness, path, raw[path], 'pending');
        claim(!isPending && raw[path] !== 'pending', 'somebody stands there as pending');
      }
    },
  },
  {
    id: 'tags',
    promise: 'tags are added and removed one by one, and those made by hand stay',
    whyNot: anyOf(hasNoPath('tags'), hasNo('tag')),
    prove: async (bench) => {
      const { harness } = bench;
      const path = pathOfType(harness, 'tags') ?? '';
      const [byHand, old, added, stranger] = range(4).map((n) => tagOf(bench, n));
      if (!byHand || !old || !added || !stranger) throw new Error('tag(n) gave nothing');
      requireAll(await bench.push(createOf(harness, 0, { [path]: [byHand, old] })), 'applied');
      const before = await bench.requireHeld(0);
      const { remoteId } = before;
      const [add, remove] = [[added], [old, stranger]];
      const command: AppCommand = { kind: 'tags', key: keyOf(0), remoteId, path, add, remove };
      requireAll(await bench.push(command), 'applied');
      await claimChangedOnly(bench, before, { [path]: [byHand, added] });
    },
  },
  {
    id: 'in-order',
    promise: 'after a command that failed the rest of its record waits, and other records go on',
    whyNot: anyOf(isLedger, hasNo('refused')),
    prove: async (bench) => {
      const { harness } = bench;
      const [first, second] = (await bench.make(2)).map(requireThere);
      const outcomes = await bench.push(
        refusedOf(bench, requireThere(first)),
        updateOf(harness, 0, requireThere(first)),
        updateOf(harness, 1, requireThere(second)),
      );
      claimEqual(kindsOf(outcomes), ['rejected', 'retry', 'applied'], 'outcomes');
      claimHolds(harness, (await bench.requireHeld(0)).raw, harness.person(0));
    },
  },
];

/** A change the app refuses. */
function refusedOf(bench: Bench, held: Held): AppCommand {
  const { harness } = bench;
  if (isLacking(harness.refused)) throw new Error(harness.refused.lacks);
  const { fields } = harness.refused(0);
  const to = fields[harness.matchPath];
  return typeof to === 'string'
    ? renameOf(bench, held, to)
    : updateOf(harness, 0, held, oneOf(fields));
}

function tagOf({ harness }: Bench, n: number): string {
  if (isLacking(harness.tag)) throw new Error(harness.tag.lacks);
  return harness.tag(n);
}

/** One plain value: what else there is must not move. */
function oneOf(fields: Fields): Fields {
  const [entry] = Object.entries(fields);
  if (entry === undefined) throw new Error('changed(n) of the harness needs at least one field');
  return { [entry[0]]: entry[1] };
}

const kindsOf = (outcomes: readonly AppOutcome[]): readonly string[] =>
  outcomes.map(({ kind }) => kind);

function requireThere(held: Held | undefined): Held {
  claim(held !== undefined, 'a record that was made is not there');
  return held;
}

function newMatch({ harness }: Bench, n: number): string {
  if (isLacking(harness.rename)) throw new Error(harness.rename.lacks);
  return harness.rename(n);
}

const renameOf = ({ harness }: Bench, { remoteId }: Held, to: string): AppCommand => ({
  kind: 'rename',
  key: keyOf(0),
  remoteId,
  path: harness.matchPath,
  to,
  ...agreedOf(harness, 0),
});

/** The record holds what was sent, and of everything else what it held before. */
async function claimChangedOnly(bench: Bench, before: Held, sent: Fields): Promise<void> {
  const { harness, stage } = bench;
  const after = (await stage.held()).find(({ remoteId }) => remoteId === before.remoteId);
  claim(after !== undefined, 'the record is gone, or has another id');
  claimHolds(harness, after.raw, sent);
  for (const path of Object.keys(harness.types)) {
    if (path in sent) continue;
    const was = typeOf(harness, path).parse(before.raw[path]);
    claim(
      was.ok && isSame(harness, path, after.raw[path], was.value),
      `${path} was not sent, and is ${JSON.stringify(after.raw[path])} after ${JSON.stringify(before.raw[path])}`,
    );
  }
}
