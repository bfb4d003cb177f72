/** Nobody's values and none of our secrets in what is logged or shown: reasons stand in logs, history and the inbox. */
import { createOf, keyOf, PLENTY, range, type Bench } from './bench.ts';
import { claim, type Clause } from './clause.ts';
import { isLacking, type Fields, type TroubleName } from './harness.ts';
import { overhear } from './overhear.ts';
import { hasNoTrouble } from './reasons.ts';
import { askAll } from './troubles.ts';

/** Shorter values are words of any sentence. */
const LENGTH_MIN = 5;

const NAMES: readonly TroubleName[] = [
  '401',
  '403',
  '404',
  '409',
  '429',
  '500',
  'html-502',
  'html-200',
];

export const SECRECY: readonly Clause[] = [
  {
    id: 'secrecy',
    promise: 'no reason and no log line shows a secret or what belongs to a person',
    whyNot: () => null,
    prove: async (bench) => {
      const { result: texts, heard } = await overhear(() => everyReason(bench));
      const { secrets } = bench.stage;
      for (const text of [...texts, ...heard]) {
        const secret = secrets.find((each) => text.includes(each));
        claim(secret === undefined, `a secret is shown: ${hide(text, secret ?? '')}`);
        const value = personalOf(bench).find((each) => holds(text, each));
        claim(value === undefined, `a person’s value is shown: ${text}`);
      }
    },
  },
];

const holds = (text: string, value: string): boolean =>
  text.toLowerCase().includes(value.toLowerCase());

const hide = (text: string, secret: string): string => text.replaceAll(secret, '[the secret]');

/** What is said when commands are refused, collide and meet every trouble there is. */
async function everyReason(bench: Bench): Promise<readonly string[]> {
  const { harness, stage } = bench;
  const made = await bench.make(3);
  const texts: string[] = [];
  const note = (outcomes: readonly { readonly kind: string }[]): void => {
    for (const outcome of outcomes) if ('reason' in outcome) texts.push(String(outcome.reason));
  };
  const again = range(3).map((n) => createOf(harness, n));
  note(await bench.push(...again));
  for (const each of again) note(await bench.push(each));
  if (!isLacking(harness.refused)) {
    const bad = [60, 61].map((n) => createOf(harness, n, refusedFields(bench, n)));
    note(await bench.push(...bad));
    for (const each of bad) note(await bench.push(each));
  }
  if (!isLacking(harness.rename)) {
    const [first] = made;
    const to = harness.person(1)[harness.matchPath];
    if (first !== undefined && typeof to === 'string') {
      const { remoteId } = first;
      note(
        await bench.push({ kind: 'rename', key: keyOf(0), remoteId, path: harness.matchPath, to }),
      );
    }
  }
  const place = harness.capabilities.delta === 'time' ? await bench.app.present(PLENTY) : null;
  for (const name of NAMES) {
    if (hasNoTrouble(name)(harness) !== null) continue;
    await stage.trouble({ name, on: 'everything', times: null });
    const budget = { remainingMs: () => harness.shortBudgetMs };
    const endings = await askAll(bench, {
      made,
      place: place?.kind === 'ok' ? place.value : null,
      budget,
    });
    note(endings.map(({ outcome }) => outcome));
    await stage.calm();
  }
  return texts;
}

function refusedFields({ harness }: Bench, n: number): Fields {
  if (isLacking(harness.refused)) throw new Error(harness.refused.lacks);
  return harness.refused(n).fields;
}

/** All texts of the people involved, whatever field they stand in. Consents are words of the language. */
function personalOf(bench: Bench): readonly string[] {
  const { harness } = bench;
  const people = [0, 1, 2, 40, 41, 42, 43, 60, 61].flatMap((n) => [
    harness.person(n),
    harness.changed(n),
    ...(isLacking(harness.refused) ? [] : [refusedFields(bench, n)]),
  ]);
  const texts = people.flatMap((fields) =>
    Object.entries(fields)
      .filter(([path]) => harness.types[path]?.name !== 'consent')
      .flatMap(([, value]) => textsOf(value)),
  );
  return [...new Set(texts)].filter((text) => text.length >= LENGTH_MIN);
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
