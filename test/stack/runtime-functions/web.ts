/** Answers with the event it got; or as the query asks. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

interface Event {
  readonly rawPath: string;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
}

export async function handler(event: Event): Promise<unknown> {
  const act = event.queryStringParameters?.['act'];
  if (act === 'slow') await new Promise((resolve) => void setTimeout(resolve, 50));
  if (act === 'throw') throw new Error('thrown on purpose');
  if (act === 'environment') return process.env;
  if (act === 'secret') {
    const client = new SecretsManagerClient({});
    const SecretId = process.env[event.queryStringParameters?.['of'] ?? ''];
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return { statusCode: 200, body: SecretString };
  }
  if (act === 'answer') {
    const body = Buffer.from([0, 255, 1]).toString('base64');
    const headers = { 'Content-Type': 'image/x', 'X-Own': 'yes' };
    return { statusCode: 418, headers, cookies: ['a=1', 'b=2'], body, isBase64Encoded: true };
  }
  return event;
}
