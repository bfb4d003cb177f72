/** Broken telling: the real Meta connector, and one thing between it and the suite or the network. */
import { createHash } from 'node:crypto';
import type { Encoded, LedgerRow } from '../../../lib/engine/ledger.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import type { Ledger, LedgerCommand, LedgerOutcome } from '../../../lib/ports/ledger.ts';
import type { MetaVariation } from '../harnesses/meta.ts';
import { bodyOf, PLENTY, textAt } from './broken.ts';

export interface BrokenLedger {
  readonly what: string;
  /** The clauses that must find it out. All others must pass. */
  readonly breaks: readonly string[];
  /** Called for each stage. */
  readonly vary: () => MetaVariation;
}

const telling = (change: (ledger: Ledger) => Partial<Ledger>) => (): MetaVariation => ({
  wrap: (replica) => ({ ...replica, ledger: { ...real(replica), ...change(real(replica)) } }),
});

function real({ ledger }: AppReplica): Ledger {
  if (ledger === undefined) throw new Error('Meta is told by a ledger');
  return ledger;
}

/** Other commands than the suite's, one for one; null: it is called applied, and not told. */
type Change = (command: LedgerCommand) => LedgerCommand | null;

/** What it learns of the outcomes. */
type Learn = (command: LedgerCommand, outcome: LedgerOutcome) => void;

const sending = (change: Change, learn: Learn = () => undefined): (() => MetaVariation) =>
  telling((ledger) => ({
    send: async (commands, budget) => {
      const changed = commands.map(change);
      const told = changed.filter((command) => command !== null);
      const sent = await ledger.send(told, budget);
      return changed.map((command, n): LedgerOutcome => {
        const outcome = command === null ? undefined : sent[told.indexOf(command)];
        const given = commands[n];
        if (given !== undefined && outcome !== undefined) learn(given, outcome);
        return outcome ?? { kind: 'applied' };
      });
    },
  }));

/** Another row than the real one. */
const encoding = (change: (row: LedgerRow, values: Parameters<Ledger['encode']>[0]) => LedgerRow) =>
  telling((ledger) => ({
    encode: (values, now): Encoded => {
      const encoded = ledger.encode(values, now);
      return encoded.kind === 'row' ? { kind: 'row', row: change(encoded.row, values) } : encoded;
    },
  }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Cells come in the order of Meta's keys, and the address is the first. */
const withAddress = (row: LedgerRow, cell: string): LedgerRow => ({
  ...row,
  cells: [cell, ...row.cells.slice(1)],
});

/** A second telling of a row is made as if it were somebody else. */
const counting = (): MetaVariation => {
  const told = new Map<string, number>();
  const nameOf = ({ key, put }: LedgerCommand): string => `${key} ${put?.digest ?? ''}`;
  const change: Change = (command) => {
    const { put } = command;
    const times = told.get(nameOf(command)) ?? 0;
    if (put === null || times === 0) return command;
    return { ...command, put: withAddress(put, sha256(`${put.digest}${times}`)) };
  };
  return sending(change, (command, { kind }) => {
    const times = told.get(nameOf(command)) ?? 0;
    if (kind === 'applied') told.set(nameOf(command), times + 1);
  })();
};

/** Keeps a ledger of its own beside the flow's: takes out what it remembers, and tells nothing twice. */
const rememberingItself = (): MetaVariation => {
  const ids = new Map<string, readonly string[]>();
  const digests = new Map<string, string>();
  const change: Change = (command) => {
    const { key, put } = command;
    if (put === null) return { ...command, take: [...command.take, ...(ids.get(key) ?? [])] };
    return command.take.length === 0 && digests.get(key) === put.digest ? null : command;
  };
  return sending(change, ({ key, put }, { kind }) => {
    if (put === null || kind !== 'applied') return;
    ids.set(key, put.ids);
    digests.set(key, put.digest);
  })();
};

/** An update that may have been done is taken for done. */
const hopeful = (): MetaVariation => {
  const hoped = new Set<string>();
  const nameOf = (command: LedgerCommand): string => JSON.stringify(command);
  return sending(
    (command) => (hoped.has(nameOf(command)) ? null : command),
    (command, outcome) => {
      const isUpdate = command.put !== null && command.take.length > 0;
      const isOpen = outcome.kind === 'retry' && outcome.ambiguous;
      if (isUpdate && isOpen) hoped.add(nameOf(command));
    },
  )();
};

/** Puts in before it takes out. */
const enteringFirst = telling((ledger) => ({
  send: async (commands, budget) => {
    const entering = commands.map((command) => ({ ...command, take: [] }));
    const entered = await ledger.send(entering, budget);
    const leaving = commands.map((command) => ({ ...command, put: null }));
    const left = await ledger.send(leaving, budget);
    return entered.map((outcome, n) =>
      outcome.kind === 'applied' ? (left[n] ?? outcome) : outcome,
    );
  },
}));

/** A page of which some are refused is told again row by row. */
const oneByOne = telling((ledger) => ({
  send: async (commands, budget) => {
    if (commands.length < 60 || commands.length > 100) return ledger.send(commands, budget);
    const outcomes: LedgerOutcome[] = [];
    for (const command of commands) outcomes.push(...(await ledger.send([command], budget)));
    return outcomes;
  },
}));

/** Replaces nobody: the rows of a session are put in beside the others. */
const addingOnly = (): MetaVariation => {
  const begun = new Set<number>();
  let isOpen = false;
  return telling((ledger) => {
    const { replace } = ledger;
    if (replace === undefined) throw new Error('Meta replaces everybody');
    return {
      replace: {
        ...replace,
        mayBegin: () => Promise.resolve({ kind: 'ok', value: !isOpen }),
        hasBegun: (session) => Promise.resolve({ kind: 'ok', value: begun.has(session) }),
        send: async ({ session, seq, rows, isLast }) => {
          if (isOpen && seq === 1) return { kind: 'over', reason: 'Another session is open.' };
          begun.add(session);
          isOpen = !isLast;
          await ledger.send(rows.map(putOnly), PLENTY);
          return { kind: 'applied', isClean: true, invalid: 0 };
        },
      },
    };
  })();
};

const putOnly = (put: LedgerRow, n: number): LedgerCommand => ({
  key: `row ${n}` as LedgerCommand['key'],
  take: [],
  everywhere: false,
  put,
});

const alwaysReady = telling(({ replace }) =>
  replace === undefined
    ? {}
    : { replace: { ...replace, mayBegin: () => Promise.resolve({ kind: 'ok', value: true }) } },
);

const isUpload = (init: RequestInit | undefined): boolean => bodyOf(init).includes('"payload"');

/** Says beside the hashes whom they are of. */
const talkative = (): MetaVariation => {
  const spoken = new Map<string, string>();
  const { wrap } = encoding((row, values) => {
    const [cell] = row.cells;
    if (typeof cell === 'string') spoken.set(cell, textAt(values, 'EMAIL'));
    return row;
  })();
  return {
    ...(wrap === undefined ? {} : { wrap }),
    fetch: (through) => (url, init) => {
      const body = bodyOf(init);
      const names = [...spoken].flatMap(([cell, name]) => (body.includes(cell) ? [name] : []));
      if (!isUpload(init)) return through(url, init);
      const note = JSON.stringify({ ...(JSON.parse(body) as object), note: names.join() });
      return through(url, { ...init, body: note });
    },
  };
};

const addressOf = (url: string | URL | Request): string =>
  url instanceof Request ? url.url : url.toString();

/** What is in an upload is in its address as well. */
const inAddress = (): MetaVariation => ({
  fetch: (through) => (url, init) => {
    const cell = /[\da-f]{64}/.exec(bodyOf(init))?.[0];
    return through(cell === undefined ? url : `${addressOf(url)}?trace=${cell}`, init);
  },
});

export const BROKEN_LEDGER: readonly BrokenLedger[] = [
  {
    what: 'says that people were taken out, and takes nobody out',
    breaks: ['archive', 'delete', 'tell-twice', 'tell-found', 'tell-shared', 'tell-lost'],
    vary: sending((command) => (command.put === null ? null : command)),
  },
  {
    what: 'makes somebody else of a row that is told again',
    breaks: ['tell-twice', 'tell-shared'],
    vary: counting,
  },
  {
    what: 'leaves the old identifiers in when new ones come',
    breaks: ['tell-change', 'tell-lost'],
    vary: sending((command) => (command.put === null ? command : { ...command, take: [] })),
  },
  {
    what: 'takes people out by their address alone',
    breaks: ['tell-found'],
    vary: sending((command) => {
      const take = command.take.filter((id) => id.startsWith('e'));
      return { ...command, take };
    }),
  },
  { what: 'puts in before it takes out', breaks: ['tell-order'], vary: enteringFirst },
  { what: 'keeps a ledger of its own', breaks: ['tell-shared'], vary: rememberingItself },
  { what: 'takes for done what may have been done', breaks: ['tell-lost'], vary: hopeful },
  { what: 'looks for bad rows one by one', breaks: ['tell-refused'], vary: oneByOne },
  {
    what: 'hashes what is empty',
    breaks: ['forms', 'forms-cleared', 'tell-empty'],
    vary: encoding((row) => ({
      ...row,
      cells: row.cells.map((cell) => (cell === '' ? sha256('') : cell)),
    })),
  },
  { what: 'says whom the hashes are of', breaks: ['tell-hashed'], vary: talkative },
  { what: 'writes a hash into the address', breaks: ['tell-url'], vary: inAddress },
  {
    what: 'makes another digest in each process',
    breaks: ['tell-digest'],
    vary: () => encoding((row) => ({ ...row, digest: `${row.digest}${Math.random()}` }))(),
  },
  { what: 'adds where it should replace', breaks: ['replace', 'replace-alone'], vary: addingOnly },
  { what: 'always finds that a session may begin', breaks: ['replace-alone'], vary: alwaysReady },
];
