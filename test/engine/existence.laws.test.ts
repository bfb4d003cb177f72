/** The table of existence, cell by cell, and its laws: first meetings never destroy, our own doing is an echo, nothing rises again. */
import {
  mergeExistence,
  type ExistenceAction,
  type ExistenceMerge,
} from '../../lib/engine/existence.ts';
import type {
  AppExistence,
  CrmExistence,
  OnAppDelete,
  OnCrmDelete,
  Shadow,
} from '../../lib/engine/model.ts';

type Base = 'none' | `${CrmExistence}/${AppExistence}`;
const CRM = ['present', 'excluded', 'absent'] as const satisfies readonly CrmExistence[];
const APP = ['present', 'archived', 'absent'] as const satisfies readonly AppExistence[];
const BASES: readonly Base[] = ['none', ...CRM.flatMap((c) => APP.map((r): Base => `${c}/${r}`))];
const ON_CRM_DELETE = ['archive', 'delete', 'leave'] as const satisfies readonly OnCrmDelete[];
const ON_APP_DELETE = [
  'mark',
  'delete',
  'recreate',
  'leave',
] as const satisfies readonly OnAppDelete[];

const baseOf = (base: Base): Shadow['existence'] | null => {
  const [c, r] = base.split('/') as [CrmExistence, AppExistence | undefined];
  return r === undefined ? null : { c, r };
};

function caseOf(more: Partial<ExistenceMerge> = {}): ExistenceMerge {
  return {
    spec: {
      create: { inApp: true, inCrm: true },
      onCrmDelete: 'archive',
      onAppDelete: 'leave',
      mark: null,
    },
    base: null,
    crm: 'present',
    app: 'present',
    planned: false,
    archivedByUs: false,
    deletedAt: null,
    appChangedAt: null,
    ...more,
  };
}

const specOf = (onCrmDelete: OnCrmDelete, onAppDelete: OnAppDelete): ExistenceMerge['spec'] => ({
  create: { inApp: true, inCrm: true },
  onCrmDelete,
  onAppDelete,
  mark: { column: 'state', value: 'gone' },
});

const actionOf = (merge: ExistenceMerge): ExistenceAction => mergeExistence(merge).action;

/** A linked record, deletes archive in the app and are left alone in the CRM, both ends may create. */
const TABLE: Record<CrmExistence, Record<AppExistence, Record<Base, ExistenceAction>>> = {
  present: {
    present: {
      none: 'merge',
      'present/present': 'merge',
      'present/archived': 'merge',
      'present/absent': 'merge',
      'excluded/present': 'merge',
      'excluded/archived': 'merge',
      'excluded/absent': 'merge',
      'absent/present': 'merge',
      'absent/archived': 'merge',
      'absent/absent': 'merge',
    },
    archived: {
      none: 'settle',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
    absent: {
      none: 'create-app',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'create-app',
    },
  },
  excluded: {
    present: {
      none: 'settle',
      'present/present': 'archive-app',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
    archived: {
      none: 'settle',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
    absent: {
      none: 'settle',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
  },
  absent: {
    present: {
      none: 'create-crm',
      'present/present': 'archive-app',
      'present/archived': 'archive-app',
      'present/absent': 'archive-app',
      'excluded/present': 'archive-app',
      'excluded/archived': 'archive-app',
      'excluded/absent': 'archive-app',
      'absent/present': 'settle',
      'absent/archived': 'create-crm',
      'absent/absent': 'create-crm',
    },
    archived: {
      none: 'settle',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
    absent: {
      none: 'settle',
      'present/present': 'settle',
      'present/archived': 'settle',
      'present/absent': 'settle',
      'excluded/present': 'settle',
      'excluded/archived': 'settle',
      'excluded/absent': 'settle',
      'absent/present': 'settle',
      'absent/archived': 'settle',
      'absent/absent': 'settle',
    },
  },
};

const CELLS = CRM.flatMap((crm) =>
  APP.flatMap((app) => BASES.map((base) => [crm, app, base] as const)),
);

describe('The table of existence', () => {
  test.each(CELLS)('CRM %s, app %s, agreed %s', (crm, app, base) => {
    expect(actionOf(caseOf({ crm, app, base: baseOf(base) }))).toBe(TABLE[crm][app][base]);
  });

  const CRM_DELETES: Record<OnCrmDelete, ExistenceAction> = {
    archive: 'archive-app',
    delete: 'delete-app',
    leave: 'settle',
  };
  test.each(ON_CRM_DELETE)('a row deleted in the CRM, onCrmDelete %s', (rule) => {
    const base = baseOf('present/present');
    expect(actionOf(caseOf({ spec: specOf(rule, 'leave'), base, crm: 'absent' }))).toBe(
      CRM_DELETES[rule],
    );
  });

  const LEAVES_FILTER: Record<OnCrmDelete, ExistenceAction> = {
    archive: 'archive-app',
    delete: 'archive-app',
    leave: 'settle',
  };
  test.each(ON_CRM_DELETE)('a row that left the filter, onCrmDelete %s', (rule) => {
    const base = baseOf('present/present');
    expect(actionOf(caseOf({ spec: specOf(rule, 'leave'), base, crm: 'excluded' }))).toBe(
      LEAVES_FILTER[rule],
    );
  });

  const APP_TAKES: Record<OnAppDelete, Record<'archived' | 'absent', ExistenceAction>> = {
    mark: { archived: 'mark-crm', absent: 'mark-crm' },
    delete: { archived: 'delete-crm', absent: 'delete-crm' },
    recreate: { archived: 'revive-app', absent: 'create-app' },
    leave: { archived: 'settle', absent: 'settle' },
  };
  const takes = ON_APP_DELETE.flatMap((rule) =>
    (['archived', 'absent'] as const).map((app) => [app, rule] as const),
  );
  test.each(takes)('a record the app shows as %s, onAppDelete %s', (app, rule) => {
    const base = baseOf('present/present');
    expect(actionOf(caseOf({ spec: specOf('archive', rule), base, app }))).toBe(
      APP_TAKES[rule][app],
    );
  });

  test('a mark without a column marks nothing', () => {
    const spec = { ...specOf('archive', 'mark'), mark: null };
    expect(actionOf(caseOf({ spec, base: baseOf('present/present'), app: 'absent' }))).toBe(
      'settle',
    );
  });
});

const DESTRUCTIVE: readonly ExistenceAction[] = [
  'archive-app',
  'delete-app',
  'delete-crm',
  'mark-crm',
];
const CREATIVE: readonly ExistenceAction[] = ['create-app', 'create-crm', 'revive-app'];

/** Every case of the table under every rule and every other input. */
function* allCases(): Generator<ExistenceMerge> {
  for (const onCrmDelete of ON_CRM_DELETE)
    for (const onAppDelete of ON_APP_DELETE)
      for (const [crm, app, base] of CELLS)
        for (const planned of [false, true])
          for (const archivedByUs of [false, true])
            for (const deletedAt of [null, 2])
              for (const appChangedAt of [null, 1, 3])
                yield {
                  ...caseOf({ crm, app, base: baseOf(base) }),
                  planned,
                  archivedByUs,
                  deletedAt,
                  appChangedAt,
                  spec: specOf(onCrmDelete, onAppDelete),
                };
}

const ALL = [...allCases()];
const breaking = (isLawful: (one: ExistenceMerge, action: ExistenceAction) => boolean): unknown[] =>
  ALL.filter((one) => !isLawful(one, actionOf(one))).slice(0, 5);

describe('The laws of existence', () => {
  test('every case has a reason a person can read', () => {
    expect(ALL.filter((one) => !/\w/.test(mergeExistence(one).reason.text))).toEqual([]);
  });

  test('a first meeting destroys nothing', () => {
    expect(breaking(({ base }, action) => base !== null || !DESTRUCTIVE.includes(action))).toEqual(
      [],
    );
  });

  test('a link whose other end is not made yet proves no delete', () => {
    expect(
      breaking(({ planned, crm }, action) => {
        const isRemoval = DESTRUCTIVE.includes(action) && crm !== 'excluded';
        return !planned || !isRemoval || action === 'mark-crm' || action === 'delete-crm';
      }),
    ).toEqual([]);
    const planned = { planned: true, base: baseOf('present/present') };
    expect(actionOf(caseOf({ ...planned, app: 'absent' }))).toBe('create-app');
    expect(actionOf(caseOf({ ...planned, crm: 'absent' }))).toBe('create-crm');
  });

  test('what is destroyed was agreed to be there, and is still at the end it is taken from', () => {
    expect(
      breaking(({ base, crm, app }, action) => {
        if (action === 'archive-app' || action === 'delete-app')
          return app === 'present' && base !== null && base.c !== 'absent';
        if (action === 'delete-crm' || action === 'mark-crm')
          return crm === 'present' && base?.r === 'present';
        return true;
      }),
    ).toEqual([]);
  });

  test('our own removal is an echo: once it is agreed, both ends are left alone', () => {
    const removals: readonly [Base, CrmExistence, AppExistence][] = [
      ['excluded/archived', 'excluded', 'archived'],
      ['absent/archived', 'absent', 'archived'],
      ['absent/absent', 'absent', 'absent'],
      ['present/archived', 'present', 'archived'],
      ['present/absent', 'present', 'absent'],
    ];
    for (const [base, crm, app] of removals)
      for (const onAppDelete of ['mark', 'delete', 'leave'] as const) {
        const merge = { base: baseOf(base), crm, app, archivedByUs: true, deletedAt: 2 };
        expect(actionOf(caseOf({ ...merge, spec: specOf('archive', onAppDelete) }))).toBe('settle');
      }
  });

  test('only what we archived ourselves is revived, when the row is back, or what the rule says to recreate', () => {
    expect(
      breaking(({ archivedByUs, base, spec }, action) => {
        if (action !== 'revive-app') return true;
        return (archivedByUs && base?.c !== 'present') || spec.onAppDelete === 'recreate';
      }),
    ).toEqual([]);
    const back = {
      base: baseOf('excluded/archived'),
      app: 'archived',
      archivedByUs: true,
    } as const;
    expect(actionOf(caseOf(back))).toBe('revive-app');
  });

  test('nothing that is older than a deletion re-creates the row', () => {
    expect(
      breaking(({ deletedAt, appChangedAt }, action) => {
        const isOlder = deletedAt !== null && (appChangedAt === null || appChangedAt <= deletedAt);
        return !isOlder || action !== 'create-crm';
      }),
    ).toEqual([]);
  });

  test('a sign-up newer than the deletion is a new person to the CRM', () => {
    const gone = { base: baseOf('absent/archived'), crm: 'absent' as const, deletedAt: 2 };
    expect(actionOf(caseOf({ ...gone, appChangedAt: 3 }))).toBe('create-crm');
    const both = { base: baseOf('present/archived'), crm: 'absent' as const, deletedAt: 2 };
    expect(actionOf(caseOf({ ...both, appChangedAt: 3 }))).toBe('create-crm');
    expect(actionOf(caseOf({ ...both, appChangedAt: 1 }))).toBe('archive-app');
  });

  test('what the app deleted for good is not made again by a row that leaves the filter and returns', () => {
    const gone = { base: baseOf('excluded/absent'), app: 'absent' as const };
    expect(actionOf(caseOf(gone))).toBe('settle');
    expect(actionOf(caseOf({ ...gone, spec: specOf('archive', 'recreate') }))).toBe('create-app');
  });

  test('a sync that may not create makes nobody', () => {
    const create = { inApp: false, inCrm: false };
    const acts = CELLS.map(([crm, app, base]) =>
      actionOf(caseOf({ spec: { ...caseOf().spec, create }, crm, app, base: baseOf(base) })),
    );
    expect(acts.filter((action) => action !== 'revive-app' && CREATIVE.includes(action))).toEqual(
      [],
    );
  });
});
