/** What syncs and apps say that cannot work beside each other: two would put their values back for ever. */
import { processesOf, type AppConfig, type SyncConfig, type TrivetConfig } from './model.ts';
import type { Problem } from './problems.ts';

/** A sync and its place: `syncs.0`. */
export interface Placed {
  readonly at: string;
  readonly sync: SyncConfig;
}

type Apps = TrivetConfig['apps'];

export function checkTogether(apps: Apps, placed: readonly Placed[]): readonly Problem[] {
  return [
    ...checkObjects(apps),
    ...checkSyncNames(placed),
    ...checkOneSyncPerApp(placed),
    ...checkKeys(placed),
    ...checkOwners(placed),
    ...checkMarks(placed),
    ...checkProcesses(
      apps,
      placed.map(({ sync }) => sync),
    ),
  ];
}

/** Each pair of things that may not be twice: the second is the problem, and names the first. */
function findSecond<T>(
  things: readonly T[],
  nameOf: (thing: T) => string,
  describe: (second: T, first: T) => Problem,
): readonly Problem[] {
  const firsts = new Map<string, T>();
  return things.flatMap((thing) => {
    const first = firsts.get(nameOf(thing));
    if (first === undefined) firsts.set(nameOf(thing), thing);
    return first === undefined ? [] : [describe(thing, first)];
  });
}

const checkObjects = (apps: Apps): readonly Problem[] =>
  findSecond(
    Object.entries(apps),
    ([, { kind, rules }]) => `${kind} ${rules.object}`,
    ([name, { rules }], [first]) => ({
      at: `apps.${name}`,
      text: `is ${rules.object}, and so is apps.${first}; one object has one app and one sync`,
    }),
  );

const checkSyncNames = (placed: readonly Placed[]): readonly Problem[] =>
  findSecond(
    placed,
    ({ sync }) => sync.spec.name,
    ({ at, sync }, first) => ({
      at: `${at}.name`,
      text: `is “${sync.spec.name}” like that of ${first.at}; give one another name`,
    }),
  );

const checkOneSyncPerApp = (placed: readonly Placed[]): readonly Problem[] =>
  findSecond(
    placed,
    ({ sync }) => sync.app,
    ({ at, sync }, first) => ({
      at: `${at}.app`,
      text: `“${sync.app}” is written by ${first.at} (${first.sync.spec.name}) already; one object has one sync`,
    }),
  );

const labelOf = ({ table }: SyncConfig): string => `${table.schema}.${table.name}`;

/** One change log serves all syncs of a table, and names its rows one way. */
function checkKeys(placed: readonly Placed[]): readonly Problem[] {
  const firsts = new Map<string, Placed>();
  return placed.flatMap((each) => {
    const first = firsts.get(labelOf(each.sync)) ?? each;
    firsts.set(labelOf(each.sync), first);
    const [own, other] = [each, first].map(({ sync }) => sync.key.join(', '));
    if (own === other) return [];
    const text = `names rows of ${labelOf(each.sync)} by ${own}, and ${first.at} by ${other}; give both the same key`;
    return [{ at: `${each.at}.key`, text }];
  });
}

/** A CRM column one app owns, or marks. */
interface Held {
  readonly place: string;
  readonly at: string;
  readonly sync: SyncConfig;
}

const ownedColumns = ({ at, sync }: Placed): readonly Held[] =>
  sync.spec.fields.flatMap(({ column, owner }) =>
    owner === 'app'
      ? [{ place: `${labelOf(sync)}.${column}`, at: `${at}.fields.${column}.owner`, sync }]
      : [],
  );

const checkOwners = (placed: readonly Placed[]): readonly Problem[] =>
  findSecond(
    placed.flatMap(ownedColumns),
    ({ place }) => place,
    ({ at, place }, { sync }) => ({
      at,
      text: `found “app”, but the app of ${sync.spec.name} owns ${place} already; a column has at most one owning app`,
    }),
  );

/** A mark of one sync in a column the app of another owns is no value of it, and would be put back. */
function checkMarks(placed: readonly Placed[]): readonly Problem[] {
  const owned = placed.flatMap(ownedColumns);
  return placed.flatMap(({ at, sync }) => {
    const { mark, onAppDelete } = sync.spec;
    if (mark === null || onAppDelete !== 'mark') return [];
    const place = `${labelOf(sync)}.${mark.column}`;
    const owner = owned.find((each) => each.place === place && each.sync !== sync);
    if (owner === undefined) return [];
    const text = `would mark ${place}, which the app of ${owner.sync.spec.name} owns and would put back; mark another column`;
    return [{ at: `${at}.mark.${mark.column}`, text }];
  });
}

/** With more processes than connections even one call each is refused, and the vendor may end all access. */
function checkProcesses(apps: Apps, syncs: readonly SyncConfig[]): readonly Problem[] {
  const seen = new Set<string>();
  return Object.values(apps).flatMap((app: AppConfig) => {
    const credential = `${app.kind}/${app.secret}`;
    const processes = processesOf({ apps, syncs }, app);
    const { connectionsMax } = app.capabilities;
    if (seen.has(credential) || processes <= connectionsMax) return [];
    seen.add(credential);
    const text =
      `lanes and pulls with the secret “${app.secret}” are ${processes} processes, and ${app.kind} ` +
      `allows ${connectionsMax} calls at once; give its syncs fewer lanes`;
    return [{ at: 'syncs', text }];
  });
}
