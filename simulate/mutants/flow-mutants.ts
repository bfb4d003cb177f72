/** Bugs in the carrying out: order, fences, positions, identity, tombstones, lists. */
import type { Mutant } from './mutant.ts';

export const FLOW_MUTANTS: readonly Mutant[] = [
  {
    name: 'targets-before-intent',
    says: 'both ends are written before the intent is noted',
    file: 'lib/flow/apply.ts',
    search: `  const noted = await moveInherited(context, await noteIntents(context, writings));
  await tellOverwrites(context, noted, page.cause);
  await writeCrm(context, noted);
  await writeApp(context, noted);`,
    replace: `  await writeCrm(context, writings);
  await writeApp(context, writings);
  const noted = await moveInherited(context, await noteIntents(context, writings));
  await tellOverwrites(context, noted, page.cause);`,
  },
  {
    name: 'conditions-ignored',
    says: 'who loses the condition on the version writes all the same, and does not look again',
    file: 'lib/flow/apply-write.ts',
    search: `    if (record === undefined || outcomes[index] !== 'saved') {
      loseTo(work);
      lost.add(work);`,
    replace: `    if (record === undefined) {
      loseTo(work);
      lost.add(work);`,
    also: [
      {
        file: 'lib/flow/apply-close.ts',
        search: `    ...dirty.filter((_work, index) => outcomes[index] !== 'saved'),`,
        replace: `    ...dirty.filter((_work, index) => outcomes[index] === undefined),`,
      },
    ],
  },
  {
    name: 'no-fence',
    says: 'what was seen before our last write ended passes for news',
    file: 'lib/flow/work.ts',
    search: `  return isTooEarly || isNoNewer(state, observation);`,
    replace: `  return isTooEarly !== isTooEarly && isNoNewer(state, observation);`,
  },
  {
    name: 'fenced-is-skipped',
    says: 'what is fenced is dropped instead of looked at again',
    file: 'lib/flow/apply-open.ts',
    search: `  if (isNews && isFenced(known, observed))
    return { state: known, observation: null, mustLook: true };`,
    replace: `  if (isNews && isFenced(known, observed))
    return { state: known, observation: null, mustLook: false };`,
  },
  {
    name: 'equal-times-are-seen',
    says: 'an observation of the same second as the last one is taken for it',
    file: 'lib/flow/apply-open.ts',
    search: `  const shown = appSide(sync.spec, observed, known.shadow);
  const isNews =`,
    replace: `  const shown = appSide(sync.spec, observed, known.shadow);
  if (observed.version !== null && observed.version === known.appVersion)
    return { state: known, observation: null, mustLook: false };
  const isNews =`,
  },
  {
    name: 'checkpoint-before-routing',
    says: 'the place in the CRM’s log advances before its page is in the lanes',
    file: 'lib/flow/pull-sources.ts',
    search: `    const refs = page.changes.map(({ at, ...change }) => ({ ...change, crmAt: at }));`,
    replace: `    round.checkpoint = await saveCheckpoint(context, {
      ...round.checkpoint,
      crm: page.checkpoint,
    });
    const refs = page.changes.map(({ at, ...change }) => ({ ...change, crmAt: at }));`,
  },
  {
    name: 'watermark-before-routing',
    says: 'the place in the app’s delta advances before its page is in the lanes',
    file: 'lib/flow/pull-sources.ts',
    search: `    const refs = await identify(context, page.observations);`,
    replace: `    round.checkpoint = await saveCheckpoint(context, { ...round.checkpoint, app: page.cursor });
    const refs = await identify(context, page.observations);`,
  },
  {
    name: 'positions-kept-in-trouble',
    says: 'a page that meets trouble does not hand its positions back',
    file: 'lib/flow/health.ts',
    search: `  if (crm === undefined && app === undefined && !backfill) return resume;`,
    replace: `  if (positions.length >= 0) return resume;`,
  },
  {
    name: 'lost-position-goes-on',
    says: 'a lost place in the log is replaced by the present, and nobody walks the table',
    file: 'lib/flow/pull-sources.ts',
    search: `        round.checkpoint = adopt(context, round.checkpoint, cause);`,
    replace: `        if (cause.order !== null) round.checkpoint = adopt(context, round.checkpoint, cause);`,
  },
  {
    name: 'unfinished-forgotten',
    says: 'references for which time was over are not sent again',
    file: 'lib/flow/apply.ts',
    search: `  if (again.length === 0) return;`,
    replace: `  if (again.length >= 0) return;`,
  },
  {
    name: 'due-never-comes',
    says: 'records that wait for a time are never asked again',
    file: 'lib/flow/pull.ts',
    search: `    await pullDue(context, round);`,
    replace: ``,
  },
  {
    name: 'nobody-is-woken',
    says: 'who waits for another record’s address is not told that it is free',
    file: 'lib/flow/apply-close.ts',
    search: `  await wakeBlocked(context, finished);`,
    replace: ``,
  },
  {
    name: 'unknown-fate-is-settled',
    says: 'a call without an answer closes its intent',
    file: 'lib/flow/apply-outcome.ts',
    search: `      draft.isAmbiguous ||= outcome.ambiguous;`,
    replace: ``,
  },
  {
    name: 'rows-written-without-condition',
    says: 'a row is overwritten whatever it holds by now',
    file: 'lib/flow/commands.ts',
    search: `      return { kind: 'update', key, set, expect: textsOf(row, Object.keys(set)) };`,
    replace: `      return { kind: 'update', key, set, expect: row === undefined ? {} : {} };`,
  },
  {
    name: 'inserts-without-condition',
    says: 'a row is inserted although another has the person’s address',
    file: 'lib/flow/commands.ts',
    search: `      return { kind: 'insert', key, set, unlessMatch };`,
    replace: `      return { kind: 'insert', key, set, unlessMatch: unlessMatch === null ? null : null };`,
  },
  {
    name: 'differences-in-listings-overlooked',
    says: 'a listed record with another digest than before is not looked at',
    file: 'lib/flow/compare.ts',
    search: `  } else if (digest !== seen.digest) {`,
    replace: `  } else if (digest === null && seen.digest === '') {`,
  },
  {
    name: 'absence-from-a-list-is-a-delete',
    says: 'who is missing in a listing counts as deleted, and is dealt with so without a look',
    file: 'lib/flow/compare.ts',
    search: `    if (seen.key === null) found.forgotten.push(id);
    else found.refs.push({ key: seen.key, look: true });
  } else if`,
    replace: `    const gone = { existence: 'absent', raw: {}, version: null, optInAt: null } as const;
    if (seen.key === null) found.forgotten.push(id);
    else found.refs.push({ key: seen.key, observed: { ...gone, remoteId: id, beganAt: 9e15 } });
  } else if`,
    also: [
      {
        file: 'lib/engine/judge.ts',
        search: `  if (action !== 'merge' && action !== 'settle')
    return `,
        replace: `  if (action === 'merge' && judged.now < 0)
    return `,
      },
    ],
  },
  {
    name: 'shared-identifiers-removed',
    says: 'an identifier is taken out although somebody else bears it, who is not told again',
    file: 'lib/flow/ledger-holders.ts',
    search: `    telling.take = telling.plan.take.filter((id) => !isKept(id));`,
    replace: `    telling.take = telling.plan.take.filter((id) => isKept(id) || !isKept(id));`,
    also: [
      {
        file: 'lib/flow/ledger-apply.ts',
        search: `  if (sharers.length === 0) return;`,
        replace: `  if (sharers.length >= 0) return;`,
      },
    ],
  },
  {
    name: 'bearers-not-counted',
    says: 'who bears an identifier is not counted before it is sent',
    file: 'lib/flow/ledger-apply.ts',
    search: `  await enterHolders(context, noted);`,
    replace: ``,
  },
  {
    name: 'paused-lanes-go-on',
    says: 'messages that waited when a person stopped the sync are worked',
    file: 'lib/flow/apply.ts',
    search: `  if (isResting(health, clock.now()) || isAheadOfRound(sync, checkpoint)) {`,
    replace: `  if (isAheadOfRound(sync, checkpoint)) {`,
  },
  {
    name: 'ahead-of-the-round',
    says: 'a page is worked by a configuration that no round has taken up yet',
    file: 'lib/flow/apply.ts',
    search: `  if (isResting(health, clock.now()) || isAheadOfRound(sync, checkpoint)) {`,
    replace: `  if (isResting(health, clock.now())) {`,
  },
];
