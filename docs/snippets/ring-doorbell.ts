import { createHmac } from 'node:crypto';

/** To be called after the commit, and not waited for: a ring that is lost costs a minute, never a change. */
export async function ringDoorbell(url: string, key: string): Promise<number> {
  const body = '{}';
  const hex = createHmac('sha256', key).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-trivet-signature': `sha256=${hex}` };
  const answer = await fetch(url, { method: 'POST', headers, body });
  return answer.status;
}
