/** Bugs that no walk gets near enough to, or whose harm another line of defence mends: each is noticed by a test with a name. */
import type { Mutant } from './mutant.ts';

export const STORY_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-look-at-contests',
    says: 'a contested field is decided on what a message carried',
    file: 'lib/engine/judge.ts',
    search: `  if (fields.isContested) return 'both ends changed a field';`,
    replace: ``,
    story: {
      file: 'test/engine/judge.laws.test.ts',
      test: 'two values of a shared field that meet for the first time are looked at before one is chosen',
    },
  },
  {
    name: 'loose-references-forgotten',
    says: 'a look that no position names again is lost when its page is given back',
    file: 'lib/flow/apply-back.ts',
    search: `  if (keys.size === 0) return;`,
    replace: `  if (keys.size >= 0) return;`,
    story: {
      file: 'test/flow/pause.test.ts',
      test: 'keeps whom a webhook named as waiting: a deletion at the app is in no delta',
    },
  },
  {
    name: 'deleted-instead-of-joined',
    says: 'a row that was deleted and inserted again loses its partner in the app',
    file: 'lib/flow/apply.ts',
    search: `      (await joinInsteadOfDelete(context, work))`,
    replace: `      joinInsteadOfDelete === null`,
    story: {
      file: 'test/flow/traps.test.ts',
      test: 'P17 a row deleted and inserted again in one transaction keeps its partner',
    },
  },
  {
    name: 'tombstones-ignored',
    says: 'a deleted row is made again of what is older than its deletion',
    file: 'lib/engine/existence.ts',
    search: `  if (merge.deletedAt !== null && !isNewer(merge.appChangedAt, merge.deletedAt)) {`,
    replace: `  if (merge.deletedAt !== merge.deletedAt) {`,
    also: [
      {
        file: 'lib/flow/tombstones.ts',
        search: `      return times.some((time) => isAfter(time, work.observation));`,
        replace: `      return times.length < 0;`,
      },
    ],
    story: {
      file: 'test/flow/tombstones.test.ts',
      test: 'stops the row that would revive the person',
    },
  },
  {
    name: 'strangers-made-by-us',
    says: 'what a batch of ours made is taken for a stranger when its row has moved on',
    file: 'lib/flow/changelings.ts',
    search: `  if (values.length === 0) return new Map();`,
    replace: `  if (values.length >= 0) return new Map();`,
    story: {
      file: 'test/flow/changelings.test.ts',
      test: 'a person renamed before the app has listed them is one person, under the new address',
    },
  },
];
