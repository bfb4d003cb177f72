/** Which ways of a delivery are tried: a crash where something is left behind, an edit where a call could tell. */
import type { Thrift } from './deliveries.ts';
import type { Edit } from './edits.ts';

const LEAVES_TRACE =
  /save|claim|append|write|push|send|bury|drop|block|moveLink|release|currentCheckpoint/;

/** Everything at every call, for a test to compare with. */
export const NO_THRIFT: Thrift = { leavesTrace: () => true, couldTell: () => true };

/**
 * An edit that no call has looked at yet might as well have come before the delivery, and one that no call looks at any more
 * comes after it. One right after a write of ours stands apart from one that comes later: it falls into the same second.
 */
export const THRIFT: Thrift = {
  // Whoever dies at once leaves a message that was received before.
  leavesTrace: (labels, call) => call === 0 || LEAVES_TRACE.test(labels[call] ?? ''),
  couldTell: (labels, call, edit) => {
    const looks = lookAt(edit);
    const isSecondLook =
      looks.test(labels[call] ?? '') && labels.slice(0, call).some((label) => looks.test(label));
    return isSecondLook || (edit.end === 'app' && isPush(edit, labels[call - 1]));
  },
};

const isPush = ({ key }: Edit, label = ''): boolean =>
  label.startsWith('app.push ') && label.endsWith(` ${key}`);

/** The calls that show, or change, what is edited. A member has the number of its row. */
const lookAt = ({ end, key }: Edit): RegExp =>
  end === 'crm'
    ? new RegExp(`^crm\\.(readChanges|read|write \\w+ ${key})$`)
    : new RegExp(`^app\\.(pull|fetch m${key}|push \\w+ ${key})$`);
