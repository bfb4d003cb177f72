/**
 * AWS::SecretsManager::Secret. The template never says the value of a secret: it is given by whoever
 * starts the runtime, or kept from before, or generated as declared.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
 */
import { randomInt } from 'node:crypto';
import type { SecretsManagerServer } from '../services/secrets-manager.ts';
import type { JsonObject, Resource } from './assembly.ts';
import { readObject, readString } from './property-readers.ts';
import { checkProperties, type PropertyRules } from './resource-rules.ts';

export interface SecretSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly generate: () => string;
}

const rules: PropertyRules = {
  done: ['GenerateSecretString', 'Name', 'SecretString'],
  leftOut: {
    Description: 'for people',
    KmsKeyId: 'nothing is encrypted here',
    Tags: 'for people',
  },
};

const generatorRules: PropertyRules = {
  done: [
    'ExcludeCharacters',
    'ExcludeLowercase',
    'ExcludeNumbers',
    'ExcludePunctuation',
    'ExcludeUppercase',
    'GenerateStringKey',
    'IncludeSpace',
    'PasswordLength',
    'SecretStringTemplate',
  ],
  leftOut: { RequireEachIncludedType: 'a long password has each type with near certainty' },
};

export function declareSecret(resource: Resource, name: string): SecretSpec {
  checkProperties(resource, rules);
  const value = readString(resource, 'SecretString');
  const options = readObject(resource, 'GenerateSecretString');
  const path = 'GenerateSecretString';
  checkProperties(resource, generatorRules, { path, value: options });
  return {
    logicalId: resource.logicalId,
    path: resource.path,
    name,
    generate: () => value ?? generateSecretString(options, randomInt),
  };
}

/** A value that was kept stays: a new one would silence everybody who knows the old one. */
export function deploySecrets(
  store: SecretsManagerServer,
  specs: readonly SecretSpec[],
  given: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(given)) store.write(name, value);
  for (const spec of specs) {
    if (store.read(spec.name) === undefined) {
      store.write(spec.name, given[spec.logicalId] ?? spec.generate());
    }
  }
}

const alphabets = {
  ExcludeLowercase: 'abcdefghijklmnopqrstuvwxyz',
  ExcludeUppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
};

export function generateSecretString(
  options: JsonObject,
  randomBelow: (bound: number) => number,
): string {
  const excluded = options['ExcludeCharacters'];
  const taboo = typeof excluded === 'string' ? excluded : '';
  const alphabet = Object.entries(alphabets)
    .filter(([exclude]) => options[exclude] !== true)
    .map(([, characters]) => characters)
    .concat(options['IncludeSpace'] === true ? ' ' : '')
    .join('');
  const allowed = alphabet.split('').filter((character) => !taboo.includes(character));
  const length = Number(options['PasswordLength'] ?? 32);
  const pick = (): string => allowed[randomBelow(allowed.length)] ?? '';
  const password = Array.from({ length }, pick).join('');
  const [template, key] = [options['SecretStringTemplate'], options['GenerateStringKey']];
  if (typeof template !== 'string' || typeof key !== 'string') return password;
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password });
}
