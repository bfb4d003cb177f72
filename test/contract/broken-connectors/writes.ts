/** Broken writes: creates, updates, renames, consent, removals. */
import type { AppCommand, AppOutcome, AppReplica } from '../../../lib/ports/app.ts';
import {
  answering,
  bodyOf,
  type Broken,
  CITY,
  commandAt,
  FNAME,
  PHONE,
  PLENTY,
  pushing,
  sending,
  textAt,
} from './broken.ts';

type Of<K extends AppCommand['kind']> = Extract<AppCommand, { kind: K }>;

const without = (command: Of<'create'>, path: string): AppCommand => {
  const { [path]: _dropped, ...fields } = command.fields;
  return { ...command, fields };
};

/** Writes over whoever has the match value. */
async function overwrite(replica: AppReplica, { key, fields }: Of<'create'>): Promise<void> {
  const match = textAt(fields, 'email_address');
  const [look] = await replica.fetch([{ remoteId: null, match }], PLENTY);
  if (look?.kind !== 'ok' || look.value.remoteId === null) return;
  const { remoteId } = look.value;
  const plain = { [FNAME]: fields[FNAME] ?? null };
  await replica.push(
    [{ kind: 'update', key, remoteId, match, fields: plain, bulk: false }],
    PLENTY,
  );
}

/** A create that overwrites, when so many come together. */
const overwriting = (isHere: (count: number) => boolean) =>
  pushing(async (commands, real, replica) => {
    const outcomes = await real(commands);
    for (const [n, outcome] of outcomes.entries()) {
      const command = commandAt(commands, n);
      const isIt = command.kind === 'create' && outcome.kind === 'exists';
      if (isIt && isHere(commands.length)) await overwrite(replica, command);
    }
    return outcomes;
  });

/** A create that is sent under another address after its answer was lost. */
const forgetful = (isHere: (count: number) => boolean) => () => {
  const lost = new Set<string>();
  const change = (command: AppCommand): AppCommand =>
    command.kind === 'create' && lost.has(command.key)
      ? {
          ...command,
          fields: { ...command.fields, email_address: `again-${command.key}@mail.test` },
        }
      : command;
  return {
    wrap: (replica: AppReplica): AppReplica => ({
      ...replica,
      push: async (commands, budget) => {
        const isSecond = commands.some(({ key }) => lost.has(key));
        const both = isSecond ? commands.map(change) : commands;
        const outcomes = await replica.push(both, budget);
        outcomes.forEach((outcome, n) => {
          const { key } = commandAt(commands, n);
          if (outcome.kind === 'retry' && outcome.ambiguous && isHere(commands.length))
            lost.add(key);
        });
        return outcomes;
      },
    }),
  };
};

const isPlainUpdate = (command: AppCommand, bulk: boolean): command is Of<'update'> =>
  command.kind === 'update' &&
  command.bulk === bulk &&
  Object.keys(command.fields).join() === FNAME;

const withPhone = (bulk: boolean) =>
  sending((command) =>
    isPlainUpdate(command, bulk)
      ? { ...command, fields: { ...command.fields, [PHONE]: '+1 202 555 0000' } }
      : command,
  );

/** Removes and makes anew. */
const renameByHand = pushing(async (commands, real) => {
  const [command] = commands;
  if (command?.kind !== 'rename' || commands.length > 1) return real(commands);
  const { key, remoteId, to } = command;
  const [made] = await real([{ kind: 'create', key, fields: { email_address: to } }]);
  if (made?.kind !== 'applied') return [made ?? notMade];
  await real([{ kind: 'delete', key, remoteId }]);
  return [made];
});

const notMade: AppOutcome = { kind: 'gone', reason: 'Nothing was made.' };

/** Each by itself, as if no command had to wait for another. */
const oneByOne = (isHere: (commands: readonly AppCommand[]) => boolean) =>
  pushing(async (commands, real) => {
    if (!isHere(commands)) return real(commands);
    const outcomes: AppOutcome[] = [];
    for (const command of commands) outcomes.push(...(await real([command])));
    return outcomes;
  });

/** Row n is made with the values of its neighbour. */
const shifted = pushing((commands, real) =>
  real(
    commands.map((command, n) => {
      const next = commands[(n + 1) % commands.length];
      if (command.kind !== 'create' || next?.kind !== 'create' || commands.length < 20)
        return command;
      return { ...command, fields: { ...command.fields, [CITY]: next.fields[CITY] ?? null } };
    }),
  ),
);

const ascii = (value: unknown): never =>
  (typeof value === 'string' ? value.replaceAll(/[^ -~]/g, '?') : value) as never;

export const BROKEN_WRITES: readonly Broken[] = [
  {
    what: 'drops a field of a lone create',
    breaks: ['create'],
    vary: sending((command, all) =>
      command.kind === 'create' && all.length === 1 ? without(command, CITY) : command,
    ),
  },
  {
    what: 'mixes up the rows of a page of creates',
    breaks: ['create-many'],
    vary: shifted,
  },
  {
    what: 'overwrites who is there by a lone create',
    breaks: ['create-again'],
    vary: overwriting((count) => count === 1),
  },
  {
    what: 'overwrites who is there by a page of creates',
    breaks: ['create-again-many'],
    vary: overwriting((count) => count > 1),
  },
  {
    what: 'makes another record when it repeats a lone create',
    breaks: ['create-lost'],
    vary: forgetful((count) => count === 1),
  },
  {
    what: 'makes other records when it repeats a page of creates',
    breaks: ['create-lost-many', 'recovery'],
    vary: forgetful((count) => count > 1),
  },
  { what: 'writes a field nobody sent', breaks: ['update'], vary: withPhone(false) },
  { what: 'writes a field nobody sent, in bulk', breaks: ['update-bulk'], vary: withPhone(true) },
  {
    what: 'calls an update of nobody applied',
    breaks: ['update-gone', 'refused-updates', 'trouble-404'],
    vary: answering((outcome, { kind }) =>
      outcome.kind === 'gone' && kind === 'update'
        ? { kind: 'applied', observed: null, beganAt: 0 }
        : outcome,
    ),
  },
  { what: 'renames by removing and making anew', breaks: ['rename'], vary: renameByHand },
  {
    what: 'rejects a rename to a taken address',
    breaks: ['rename-taken'],
    vary: answering((outcome, { kind }) =>
      kind === 'rename' && outcome.kind === 'exists'
        ? { kind: 'rejected', reason: outcome.reason, path: null }
        : outcome,
    ),
  },
  {
    what: 'writes a profile along with the consent',
    breaks: ['consent'],
    vary: pushing(async (commands, real) => {
      const outcomes = await real(commands);
      const [command] = commands;
      if (command?.kind !== 'consent') return outcomes;
      const { key, remoteId } = command;
      const fields = { [FNAME]: 'left' };
      await real([{ kind: 'update', key, remoteId, match: null, fields, bulk: false }]);
      return outcomes;
    }),
  },
  {
    what: 'brings people in as pending',
    breaks: ['consent-pending'],
    vary: () => ({
      fetch: (real) => (url, init) => {
        const body = bodyOf(init).replaceAll('"transactional"', '"pending"');
        return real(url, init?.body == null ? init : { ...init, body });
      },
    }),
  },
  {
    what: 'puts its tags in the place of those made by hand',
    breaks: ['tags'],
    vary: sending((command) =>
      command.kind === 'tags' ? { ...command, remove: [...command.remove, 'tag 0'] } : command,
    ),
  },
  {
    what: 'goes on with a record after a command that failed',
    breaks: ['in-order'],
    vary: oneByOne((commands) => commands.some(({ kind }) => kind === 'rename')),
  },
  {
    what: 'deletes instead of archiving',
    breaks: ['archive', 'revive'],
    vary: sending((command) =>
      command.kind === 'archive' ? { ...command, kind: 'delete' } : command,
    ),
  },
  {
    what: 'archives instead of deleting',
    breaks: ['delete', 'refused-updates'],
    vary: sending((command) =>
      command.kind === 'delete' ? { ...command, kind: 'archive' } : command,
    ),
  },
  {
    what: 'subscribes everybody it revives',
    breaks: ['revive'],
    vary: sending((command) =>
      command.kind === 'revive'
        ? { ...command, fields: { ...command.fields, status: 'subscribed' } }
        : command,
    ),
  },
  {
    what: 'writes who is present when it should revive who is archived',
    breaks: ['revive-nobody'],
    vary: pushing(async (commands, real) => {
      const outcomes = await real(commands);
      const [command] = commands;
      const [outcome] = outcomes;
      if (command?.kind !== 'revive' || outcome?.kind !== 'retry') return outcomes;
      const { key, remoteId } = command;
      const fields = { [FNAME]: command.fields[FNAME] ?? null };
      return real([{ kind: 'update', key, remoteId, match: null, fields, bulk: false }]);
    }),
  },
  {
    what: 'gives no reason for a refusal',
    breaks: ['refused'],
    vary: answering((outcome) =>
      outcome.kind === 'rejected' ? { ...outcome, reason: '' } : outcome,
    ),
  },
  {
    what: 'lets a page of creates fail for one of them',
    breaks: ['in-order', 'refused-rows'],
    vary: answering((outcome, _command, all) => {
      const bad = all.find(({ kind }) => kind === 'rejected');
      return bad !== undefined && all.some(({ kind }) => kind === 'applied') ? bad : outcome;
    }),
  },
  {
    what: 'lets a page of updates fail for one of them',
    breaks: ['refused-updates'],
    vary: answering((outcome, _command, all) => {
      const isOneGone = all.some(({ kind }) => kind === 'gone');
      return isOneGone && outcome.kind === 'applied'
        ? { kind: 'retry', scope: 'record', afterMs: 0, reason: 'Later.', ambiguous: false }
        : outcome;
    }),
  },
  {
    what: 'writes ASCII only',
    breaks: ['forms'],
    vary: sending((command) =>
      'fields' in command
        ? {
            ...command,
            fields: Object.fromEntries(
              Object.entries(command.fields).map(([path, value]) => [path, ascii(value)]),
            ),
          }
        : command,
    ),
  },
  {
    what: 'does not write that a value was taken away',
    breaks: ['forms', 'forms-cleared'],
    vary: sending((command) =>
      command.kind === 'update'
        ? {
            ...command,
            fields: Object.fromEntries(
              Object.entries(command.fields).filter(([, value]) => value !== null),
            ),
          }
        : command,
    ),
  },
  {
    what: 'calls every end of a long page applied',
    breaks: ['recovery'],
    vary: pushing(async (commands, real) => {
      const outcomes = await real(commands);
      const isMixed = new Set(commands.map(({ kind }) => kind)).size > 1;
      return outcomes.map((outcome) =>
        outcome.kind === 'retry' && isMixed && commands.length >= 8
          ? { kind: 'applied', observed: null, beganAt: 0 }
          : outcome,
      );
    }),
  },
  {
    what: 'goes on with the page after everybody was turned away',
    breaks: ['give-up'],
    vary: oneByOne(
      (commands) => commands.length > 30 && commands.every(({ kind }) => kind === 'update'),
    ),
  },
];
