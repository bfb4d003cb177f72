/** What happens next, as a sentence: to a record as a whole, and to one of its fields. Pure. */
import type { ExistenceAction } from '../engine/existence.ts';
import type { Verdict } from '../engine/judge.ts';
import type {
  Decision,
  Deed,
  DeedKind,
  FieldSpec,
  ParkedField,
  RecordState,
} from '../engine/model.ts';
import type { Health } from '../ports/state.ts';

export interface NextContext {
  /** False: the sync only looks. */
  readonly write: boolean;
  /** What the verdict would do. */
  readonly deeds: readonly Deed[];
  readonly state: RecordState;
  /** What the engine would do with what both ends show now. */
  readonly verdict: Verdict;
  readonly health: Pick<Health, 'paused' | 'cooling' | 'halted'>;
  /** The app's name in the configuration. */
  readonly app: string;
  readonly fields: readonly FieldSpec[];
  /** Why the app has no record of the row and shall have none as things are. */
  readonly obstacle: string | null;
}

/** A reason within a sentence: vendors and types end theirs with a full stop of their own. */
export const within = (reason: string): string => reason.replace(/\.$/, '');

export function nextForRecord(context: NextContext): string {
  const { state, verdict, app, fields } = context;
  const still = whyStill(context);
  if (still !== null) return still;
  if (verdict.look !== null) {
    return `The next round looks at both ends first, because ${verdict.look}.`;
  }
  const withheld = whyWithheld(context, context.deeds);
  if (withheld !== null) return withheld;
  const action = ACTIONS[verdict.action];
  const existence = verdict.decisions.find(({ field }) => field === null);
  if (action !== null) {
    const why = existence === undefined ? '' : `: ${within(existence.reason.text)}`;
    return `${action.replace('{app}', app)}${why}.`;
  }
  const writes = verdict.decisions.filter(isWrite).map(({ field }) => field);
  const parked = fields.filter(
    ({ fingerprint }) => verdict.state.parked[fingerprint] !== undefined,
  );
  const sentences = [
    writes.length > 0 ? `The next round writes ${writes.join(', ')}.` : null,
    parked.length > 0 ? `Parked: ${parked.map(({ column }) => column).join(', ')}.` : null,
  ].filter((sentence) => sentence !== null);
  if (sentences.length > 0) return sentences.join(' ');
  if (state.shadow?.existence.dropped === true)
    return 'Nothing, until either end changes: what a brake held of it was dropped.';
  if (context.obstacle !== null) return `Nothing, as long as ${context.obstacle}.`;
  return state.link === 'planned'
    ? 'The next listing of the app completes the link.'
    : 'Nothing, until either end changes.';
}

export function nextForField(field: FieldSpec, context: NextContext): string {
  const still = whyStill(context);
  if (still !== null) return still;
  const { state, verdict, app } = context;
  const parked = verdict.state.parked[field.fingerprint];
  if (parked !== undefined) return nextForParked(parked);
  if (verdict.look !== null) {
    return `The next round looks at both ends first, because ${verdict.look}.`;
  }
  const withheld = whyWithheld(
    context,
    context.deeds.filter(({ column }) => column === field.column),
  );
  if (withheld !== null) return withheld;
  const own = verdict.decisions.filter((decision) => decision.field === field.column);
  const [write] = own.filter(isWrite);
  if (write !== undefined)
    return `${sentenceOfWrites(own.filter(isWrite), app)}: ${within(write.reason.text)}.`;
  const waiting = own.find(({ action }) => action === 'wait');
  if (waiting !== undefined) return `The next round settles it: ${within(waiting.reason.text)}.`;
  if (state.parked[field.fingerprint] !== undefined) {
    return 'It leaves the inbox at the next look: nothing stands in its way any more.';
  }
  if (state.shadow?.pairs[field.fingerprint]?.dropped === true)
    return 'Nothing, until either end changes: the difference a brake held was dropped.';
  return verdict.action === 'merge' || verdict.action === 'settle'
    ? 'Nothing, until either end changes.'
    : `It travels with the record: ${nextForRecord(context)}`;
}

/** Why these deeds will not be done although they are judged right, or null when they will. */
function whyWithheld({ write, state, app }: NextContext, deeds: readonly Deed[]): string | null {
  if (deeds.length === 0) return null;
  if (!write) return `Would ${phraseOf(deeds, app)}; nothing is written because write: false.`;
  const { withheld } = state;
  const isHeld =
    withheld?.by === 'brake' &&
    deeds.some(({ kind, column }) =>
      withheld.deeds.some((held) => held.kind === kind && held.column === column),
    );
  return isHeld ? `Held by a brake: ${within(withheld.reason)}.` : null;
}

const PHRASES: Record<DeedKind, string> = {
  'create-app': 'create the record in {app}',
  'create-crm': 'insert the row in the CRM',
  'revive-app': 'bring the record back in {app}',
  'archive-app': 'archive the record in {app}',
  'delete-app': 'delete the record in {app}',
  'delete-crm': 'delete the row in the CRM',
  'mark-crm': 'mark the row in the CRM',
  'unsubscribe-app': 'unsubscribe the person in {app}',
  'unsubscribe-crm': 'write to the CRM that the person is unsubscribed',
  'refuse-app': 'tell {app} that the person refuses',
  'refuse-crm': 'write to the CRM that the person refuses',
  'subscribe-app': 'subscribe the person in {app}',
  'subscribe-crm': 'write to the CRM that the person subscribed',
  'write-app': 'write to {app}',
  'write-crm': 'write to the CRM',
};

/** “write to news: first_name, phone and write to the CRM: city”. */
function phraseOf(deeds: readonly Deed[], app: string): string {
  const kinds = [...new Set(deeds.map(({ kind }) => kind))];
  return kinds
    .map((kind) => {
      const columns = deeds.flatMap((deed) => (deed.kind === kind ? (deed.column ?? []) : []));
      const phrase = PHRASES[kind].replace('{app}', app);
      const isSaid = columns.length === 0 || kind.includes('subscribe');
      return isSaid ? phrase : `${phrase}: ${columns.join(', ')}`;
    })
    .join(' and ');
}

/** Why the record is not looked at as usual, or null when it is. */
function whyStill({ state, health, app }: NextContext): string | null {
  const { paused, halted, cooling } = health;
  if (paused !== null) {
    const why = paused.reason === null ? '' : ` (${within(paused.reason)})`;
    return `Nothing until the sync is resumed: ${paused.by} paused it${why}.`;
  }
  if (halted !== null)
    return `Nothing until a person acts: the sync is halted (${within(halted.reason)}).`;
  if (cooling !== null) {
    return `The sync rests until ${timeOf(cooling.until)} and then goes on: ${within(cooling.reason)}.`;
  }
  const { parking } = state;
  if (parking?.kind === 'waiting') {
    return `Attempt ${parking.attempts + 1} follows at ${timeOf(parking.until)}: ${within(parking.reason)}.`;
  }
  if (parking?.kind === 'quarantined') {
    const { blockedBy, among } = parking;
    const wakes =
      among !== undefined
        ? `one of ${among.join(', ')} in ${app} is deleted or gets another value, or the row changes`
        : blockedBy === undefined
          ? `the CRM’s or ${app}’s record changes`
          : `record ${blockedBy}, which stands in its way, moves, or either end changes`;
    return `The whole record stays still until ${wakes}: ${within(parking.reason)}.`;
  }
  return null;
}

const PARKED: Record<ParkedField['kind'], string> = {
  conflict: 'It waits for a person to choose, or for both ends to hold the same',
  fight: 'It waits for a person to choose, or for both ends to hold the same',
  consent: 'It is held for a person, or until a newer opt-in shows',
  rejected: 'It is not offered again until the value changes at either end or a person chooses',
  unreadable: 'It stays as it is at both ends until that value changes or a person chooses',
  blocked: 'It is looked at again when the record that stands in its way moves',
  waiting: 'It is decided when the time of the CRM’s change is known',
};

export const nextForParked = ({ kind, reason, blockedBy }: ParkedField): string =>
  `${PARKED[kind]}${blockedBy === undefined ? '' : ` (record ${blockedBy})`}: ${within(reason)}.`;

const ACTIONS: Record<ExistenceAction, string | null> = {
  merge: null,
  settle: null,
  'create-app': 'The next round creates the record in {app}',
  'revive-app': 'The next round brings the record back in {app}',
  'create-crm': 'The next round inserts the row in the CRM',
  'archive-app': 'The next round archives the record in {app}',
  'delete-app': 'The next round deletes the record in {app}',
  'delete-crm': 'The next round deletes the row in the CRM',
  'mark-crm': 'The next round marks the row in the CRM',
};

const isWrite = ({ action }: Decision): boolean =>
  action === 'write-app' || action === 'write-crm' || action === 'write-both';

function sentenceOfWrites(writes: readonly Decision[], app: string): string {
  const ends = writes.map(({ action }) =>
    action === 'write-app' ? app : action === 'write-crm' ? 'the CRM' : `${app} and the CRM`,
  );
  return `The next round writes it to ${ends.join(' and ')}`;
}

/** Local time would depend on the reader's machine; the log lines this is compared with are in UTC. */
export const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 19) + ' UTC';
