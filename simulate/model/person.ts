/** One person in a state: the row, the member, what is remembered of both, and what waits for them. */
import type { CrmKey, RecordState } from '../../lib/engine/model.ts';
import type { Reference } from '../../lib/ports/messages.ts';
import type { Member } from '../../test/support/flow-world/audience.ts';
import type { Cells } from '../../test/support/flow-world/crm-table.ts';

type Texts = readonly (string | null)[];

export interface Person {
  readonly key: CrmKey;
  readonly cells: Cells;
  readonly member: Member;
  readonly state: RecordState;
  readonly marks: number;
  /** All references of the lane that name the record, united. */
  readonly ref: Reference | null;
  /** When the log saw each change of the row that is not read yet. */
  readonly unread: readonly number[];
  /** The app's delta names the member no more, before somebody touches it. */
  readonly isRead: boolean;
  /** What the witness knows: values that people took away, by place, and those that must not vanish. */
  readonly held: readonly (readonly [string, Texts])[];
  readonly typed: readonly string[];
}
