/** The ways a normalisation can end. Reasons name the rule that was broken and never the person's value. */

export type Normal =
  /** To be hashed, or sent as it is, by its key. Never the empty text. */
  | { readonly kind: 'text'; readonly text: string }
  /** It was a SHA-256 already. */
  | { readonly kind: 'digest'; readonly digest: string }
  /** Nothing was there, or nothing that Meta could match: the column stays empty. */
  | { readonly kind: 'empty' }
  /** Something was there that is not what the key asks for; hashed, it would find nobody, or somebody else. */
  | { readonly kind: 'unusable'; readonly reason: string };

export const EMPTY: Normal = { kind: 'empty' };

/** What is left of a text after the rules; nothing left is nothing. */
export const textOf = (text: string): Normal => (text === '' ? EMPTY : { kind: 'text', text });

export const unusable = (reason: string): Normal => ({ kind: 'unusable', reason });
