/**
 * A refusal as a yes or no: true means that the person wants not to be called or written to (`do_not_call`). False
 * and empty mean only that nobody has said so, which is no consent to anything. It is a field of consent all the
 * same: which change may travel is decided by the engine's consent rules, where it speaks two of the words.
 *
 *   true   unsubscribed         false, empty   transactional
 */
import type { FieldType, Json, Parsed, Value } from '../value.ts';
import { boolean } from './boolean.ts';
import type { ConsentOptions } from './consent.ts';
import { held } from './parsed.ts';

const YES_OR_NO = boolean();

export function optOut(options: ConsentOptions = {}): FieldType<'optOut'> {
  return {
    name: 'optOut',
    options: options.optInAt === undefined ? {} : { optInAt: options.optInAt },
    parse: readOptOut,
    key: (value: Value) => String(value === true),
  };
}

function readOptOut(raw: Json | undefined): Parsed {
  const parsed = YES_OR_NO.parse(raw);
  return parsed.ok ? held(parsed.value === true) : parsed;
}
