/** How long one edit takes from one end to the other: made, rung, and looked for until it is seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from '../rig/rig.ts';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly contactId: string;
}

/** Milliseconds each; in the order in which they were made. */
export interface Latencies {
  readonly toApp: number[];
  readonly toCrm: number[];
}

const LOOK_MS = 20;
const PATIENCE_MS = 60_000;

/** People both ends know, with their ids at both. */
export async function findPeople(rig: Rig, count: number): Promise<readonly Person[]> {
  const rows = await rig.people.sql<{ id: string; email: string }>(
    'select id::text, email from contacts order by id limit $1',
    [count],
  );
  const found: Person[] = [];
  for (const { id, email } of rows) {
    const member = await rig.people.memberByEmail(email);
    if (member !== null) found.push({ id, email, contactId: member.contact_id });
  }
  return found;
}

/** An edit at each end of one person after the other, as long as it is wanted. */
export async function sampleEdits(
  rig: Rig,
  people: readonly Person[],
  isWanted: (samples: number) => Promise<boolean>,
): Promise<Latencies> {
  const latencies: Latencies = { toApp: [], toCrm: [] };
  await warmUp(rig, people);
  for (let turn = 0; await isWanted(latencies.toCrm.length); turn += 1) {
    const person = people[turn % people.length];
    if (person === undefined) throw new Error('nobody is there whose edits could be timed');
    latencies.toApp.push(await timeToApp(rig, person, `City ${turn}`));
    latencies.toCrm.push(await timeToCrm(rig, person, `+49302${1_000_000 + turn}`));
  }
  return latencies;
}

/** Edits in the CRM alone, of one person after the other, each with a city nobody had before. */
export async function sampleEditsToApp(
  rig: Rig,
  people: readonly Person[],
  { samples, name }: { readonly samples: number; readonly name: string },
): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let turn = 0; turn < samples; turn += 1) {
    const person = people[turn % people.length];
    if (person === undefined) throw new Error('nobody is there whose edits could be timed');
    latencies.push(await timeToApp(rig, person, `${name}${turn}`));
  }
  return latencies;
}

/**
 * An edit each way that is not timed: it starts the processes, and it meets a webhook function that was called
 * once while the webhook was being made, and reads its signing secret anew only some seconds after that.
 */
async function warmUp(rig: Rig, people: readonly Person[]): Promise<void> {
  const last = people.at(-1);
  if (last === undefined) return;
  await timeToApp(rig, last, 'Warm City');
  await timeToCrm(rig, last, '+493019999999');
}

/** From the commit: the ring belongs to what is timed. */
async function timeToApp({ people }: Rig, person: Person, city: string): Promise<number> {
  await people.sql('update contacts set city = $1 where id = $2', [city, person.id]);
  const beganAt = performance.now();
  await people.ring();
  await untilSeen(async () => {
    const member = await people.member(person.contactId);
    return member?.merge_fields['CITY'] === city;
  });
  return performance.now() - beganAt;
}

async function timeToCrm({ people }: Rig, person: Person, phone: string): Promise<number> {
  const beganAt = performance.now();
  await people.person('update-profile', { email: person.email, merge_fields: { PHONE: phone } });
  await untilSeen(async () => {
    const rows = await people.sql('select 1 from contacts where id = $1 and phone = $2', [
      person.id,
      phone,
    ]);
    return rows.length > 0;
  });
  return performance.now() - beganAt;
}

async function untilSeen(isSeen: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS;
  while (!(await isSeen())) {
    if (performance.now() > endsAt) throw new Error('an edit did not arrive within a minute');
    await sleep(LOOK_MS);
  }
}
