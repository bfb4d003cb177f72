/** Messages that may be received, in order of arrival; taken from the front in constant time. */
import type { StoredMessage } from './message.ts';

export interface ReadyList {
  readonly length: number;
  all(): readonly StoredMessage[];
  takeFirst(): StoredMessage | undefined;
  /** Puts a message where its sequence belongs; both ends are quick, and those are the usual ones. */
  insert(message: StoredMessage): void;
}

/** Below this the gap at the front is not worth closing. */
const gapMax = 1_024;

export function createReadyList(): ReadyList {
  let items: (StoredMessage | undefined)[] = [];
  let head = 0;
  return {
    get length() {
      return items.length - head;
    },
    all: () => items.slice(head).filter((message) => message !== undefined),
    takeFirst: () => {
      const first = items[head];
      if (first === undefined) return undefined;
      items[head] = undefined;
      head += 1;
      if (head > gapMax && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return first;
    },
    insert: (message) => {
      const last = items.at(-1);
      if (last === undefined || last.sequence < message.sequence) {
        items.push(message);
        return;
      }
      let place = head;
      while ((items[place]?.sequence ?? Infinity) < message.sequence) place += 1;
      items.splice(place, 0, message);
    },
  };
}
