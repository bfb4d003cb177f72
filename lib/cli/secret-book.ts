/** Secrets by name, as the functions read them: in Secrets Manager, or in its stand-in on this machine. Never printed. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface SecretBook {
  /** The text as stored. Throws a sentence when there is none. */
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
}

export function createSecretBook(client: SecretsManagerClient): SecretBook {
  return {
    read: async (name) => {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
      if (SecretString === undefined) throw new Error(`The secret ${name} holds no text.`);
      return SecretString;
    },
    write: async (name, text) => {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    },
  };
}

/** The secret's JSON. The text itself never enters the message. */
export async function readJsonSecret(book: SecretBook, name: string): Promise<unknown> {
  const text = await book.read(name);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`The secret ${name} must be JSON.`);
  }
}

/** The CRM's address in its secret. */
export function requireCrmUrl(secret: unknown, name: string): { url: string; ca?: string } {
  const { url, ca } = (secret ?? {}) as { url?: unknown; ca?: unknown };
  if (typeof url !== 'string') {
    throw new Error(`The CRM’s secret ${name} must be JSON: { "url": "postgres://…" }`);
  }
  return typeof ca === 'string' ? { url, ca } : { url };
}
