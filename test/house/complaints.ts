/**
 * What tools of this kind were seen to do, and what their users complain of, by subject; and for each the test that
 * shows it otherwise here. R1 to R5 were repeated by hand or read in code. The first test of a subject bears its name.
 */

export interface Complaint {
  readonly says: string;
  readonly shown: readonly (readonly [path: string, test: string])[];
}

export const TRAPS: Readonly<Record<string, Complaint>> = {
  R1: {
    says: 'A row whose transaction commits after later rows were read is never carried over, without an error.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'R1 a row whose transaction commits after'],
      ['test/pg/log-reading.test.ts', 'R1 a row of a transaction that commits after'],
      ['test/pg/timestamp-reading.test.ts', 'R1 a row of a transaction that commits after'],
      ['test/e2e/edits.test.ts', 'R1 a transaction that stays open while later rows are synced'],
    ],
  },
  R2: {
    says: 'Rows loaded at one instant are all read again for each hundred that change later.',
    shown: [
      ['test/pg/log-reading.test.ts', 'R2 after a bulk load in one transaction'],
      ['test/pg/timestamp-reading.test.ts', 'R2 of rows that share one instant'],
    ],
  },
  R3: {
    says: 'Two columns of a row, changed at two ends at once: one of the edits is lost in silence.',
    shown: [['test/flow/traps-of-others.test.ts', 'R3 two fields of one person']],
  },
  R4: {
    says: 'A corrected address subscribes somebody again who had left.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'R4 corrected for somebody who has left'],
      ['test/engine/judge.laws.test.ts', 'subscribes nobody whose last withdrawal is newer than'],
    ],
  },
  R5: {
    says: 'A new address makes a second, subscribed member, and the old one stays.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'R5 is the same member with another address'],
      ['test/e2e/people.test.ts', 'R5 a rename in the CRM is one operation'],
    ],
  },
};

/** Each line of `shown` answers one complaint or several of its subject. */
export const COMPLAINTS: Readonly<Record<string, Complaint>> = {
  C1: {
    says: 'Damage in the mass that nobody can take back: everybody removed or unsubscribed by a wrong direction, filter or clean-up.',
    shown: [
      ['test/flow/wrong-direction.test.ts', 'C1 from an empty table removes'],
      ['test/flow/wrong-direction.test.ts', 'C1 with the audience of somebody else'],
      ['test/flow/wrong-direction.test.ts', 'C1 with the audience of those who left'],
      ['test/flow/wrong-direction.test.ts', 'C1 by the wrong match key'],
      ['test/flow/wrong-direction.test.ts', 'C1 UPDATE contacts SET email_status'],
      ['test/flow/wrong-direction.test.ts', 'C1 TRUNCATE archives ten people'],
      ['test/flow/wrong-direction.test.ts', 'C1 a filter that suddenly lets nobody in'],
      // Guards are on without being asked for.
      ['test/engine/brakes.laws.test.ts', 'of a real system let an ordinary day'],
      // Why somebody was taken out is told.
      ['test/flow/explain-why.test.ts', 'excluded: the filter leaves the row out'],
      ['test/e2e/brakes.test.ts', 'the first sync makes a hundred records'],
    ],
  },
  C2: {
    says: 'Records missed in silence: at the edge of a cursor, while pages move, during a first load; and nobody can tell which.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'C2 every person ends in a state that has a name'],
      ['test/pg/log-reading.test.ts', 'C2 the checkpoint taken while a writer is open'],
      ['test/pg/timestamp-reading.test.ts', 'C2 a timestamp exactly at the bound'],
      ['test/pg/timestamp-reading.test.ts', 'rows written in front of and behind a pass'],
      ['test/flow/traps-of-ends.test.ts', 'P14 a member that is edited while its pages are read'],
      ['test/flow/traps-of-ends.test.ts', 'P14 a vendor’s clock that is'],
      ['test/e2e/kills.test.ts', 'a first sync of 2,000 contacts ends right'],
      [
        'test/pg/log-reading.test.ts',
        'two syncs of one table read the same changes, each from its own place',
      ],
      ['test/e2e/first-sync.test.ts', 'ends with both sides equal, nobody twice'],
      ['test/e2e/sweep.test.ts', 'proves that everybody is equal'],
      ['test/flow/sweep.test.ts', 'counts no absence while the app has not shown everybody'],
      ['test/flow/sweep.test.ts', 'repairs an app’s record whose change its delta never showed'],
    ],
  },
  C3: {
    says: 'Loops: our own write comes back as a change, values flip for ever, and each webhook costs a call.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'C3 a hundred rounds after the last edit'],
      ['test/flow/traps-of-ends.test.ts', 'P35 our own write coming back calls no app'],
      ['test/flow/traps-of-ends.test.ts', 'P15 what a pull whose host is'],
      ['test/flow/traps.test.ts', 'P1 our own write, found before its shadow was stored'],
      ['test/flow/cycles.laws.test.ts', 'whatever the maps are, everything comes to rest or parks'],
      [
        'test/e2e/people.test.ts',
        'an unsubscribe at Mailchimp reaches the CRM, and the CRM cannot flip it back',
      ],
    ],
  },
  C4: {
    says: 'A new address makes two of one person or unsubscribes both; one refused address stops everybody.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'C4 that the app refuses stops this person alone'],
      ['test/e2e/people.test.ts', 'two contacts exchange their addresses'],
      ['test/e2e/people.test.ts', 'a row deleted and inserted again with the same address'],
      ['test/e2e/faults.test.ts', 'a forgotten address stays out'],
      [
        'test/e2e/policies.test.ts',
        'a bulk update that races a rename at Mailchimp leaves nobody twice',
      ],
    ],
  },
  C5: {
    says: 'Errors: a bad value tried for days, one record that stops the rest, success that stored nothing, conflicts that cost minutes.',
    shown: [
      ['test/flow/traps-of-others.test.ts', 'C5 an app that says yes and stores nothing'],
      ['test/flow/traps-of-others.test.ts', 'C5 a page of conflicts costs no more calls'],
      ['test/flow/quarantine.test.ts', 'C5 leaves by itself when either end changes it'],
      ['test/flow/retry-storm.test.ts', 'one record is refused each time costs a dozen calls'],
      ['test/e2e/faults.test.ts', 'a value Mailchimp refuses parks its record'],
      ['test/e2e/faults.test.ts', 'a first sync ends right through 429s'],
      ['test/e2e/policies.test.ts', 'a record that kills its process is quarantined alone'],
    ],
  },
  C6: {
    says: 'Deletes are not carried over.',
    shown: [
      ['test/e2e/people.test.ts', 'C6 a contact deleted in the CRM is archived'],
      ['test/e2e/people.test.ts', 'C6 a permanent deletion at Mailchimp is marked'],
      ['test/flow/sweep.test.ts', 'finds a row that was deleted without a word'],
    ],
  },
  C7: {
    says: 'There is no dry run, or none that says for certain that it is one.',
    shown: [
      ['test/plan/writes-nothing.test.ts', 'C7 before the first sync leaves no trace'],
      ['test/e2e/plan.test.ts', 'C7 writes nothing: neither state nor message'],
      ['test/e2e/steering.test.ts', 'that only looks writes nothing at either end'],
    ],
  },
  C8: {
    says: 'What captures changes fills the disk of the database when nobody reads, or makes everything be read again.',
    shown: [
      ['test/pg/purge.test.ts', 'C8 the server keeps nothing for us'],
      ['test/pg/purge.test.ts', 'C8 a sync that left changes unread for a week'],
      ['test/pg/log-reading.test.ts', 'real transaction ids cross 1000 without loss'],
    ],
  },
};
