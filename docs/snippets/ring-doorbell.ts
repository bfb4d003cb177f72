import { createHmac } from 'node:crypto';

/** To be called after the commit, and not waited for: a ring that is lost costs a minute, never a change. */
export async function ringDoorbell(url: string, key: string): Promise<number> {
  const [body, seconds] = ['{}', Math.floor(Date.now() / 1000)];
  const sync = new URL(url).pathname.split('/').at(-1);
  const hex = createHmac('sha256', key).update(`${seconds}.${sync}.${body}`).digest('hex');
  const headers = { 'x-trivet-signature': `t=${seconds},v1=${hex}` };
  const answer = await fetch(url, { method: 'POST', headers, body });
  return answer.status;
}
