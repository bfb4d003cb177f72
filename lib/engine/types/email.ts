/**
 * E-mail address: the domain in lower case, the local part as it was typed; two addresses mean the
 * same when they differ in case only.
 *
 * RFC 5321 §2.4 lets a host tell `Jon@` from `jon@`; none does, and Mailchimp names a member by the
 * MD5 of the lower-case address (https://mailchimp.com/developer/marketing/api/list-members/).
 */
import type { FieldType, Parsed } from '../value.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';
import { truncateBytes } from './text.ts';

/** RFC 5321 §4.5.3.1.1: bytes of the local part; RFC 3696 erratum 1690: of the whole address; RFC 1035 §2.3.4: of a label. */
const LOCAL_BYTES_MAX = 64;
const ADDRESS_BYTES_MAX = 254;
const LABEL_BYTES_MAX = 63;
const TEXT_LENGTH_MAX = 1000;

/** Marks that come along when an address is copied from a page or a mail, and that nobody sees. */
const INVISIBLE_ENDS = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
/** Quoted local parts are legal and no app takes them; a display name (`Jon <jon@…>`) is not an address. */
const LOCAL_FORBIDDEN = /[()<>[\]:;,"\\]/u;
const LABEL = /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;

export function email(): FieldType<'email'> {
  return createScalarType({ name: 'email', read: readEmail, fold: lowerCase });
}

function readEmail(text: string): Parsed {
  // Also keeps the pattern below from walking through a long text again and again.
  if (text.length > TEXT_LENGTH_MAX) return notAnAddress('it is too long');
  const address = text.replace(INVISIBLE_ENDS, '').normalize('NFC');
  if (address === '') return held(null);
  const at = address.lastIndexOf('@');
  const normal = `${address.slice(0, at)}@${lowerCase(address.slice(at + 1))}`;
  const fault = at < 0 ? 'it has no @' : faultOf(normal);
  return fault === null ? held(normal) : notAnAddress(fault);
}

const notAnAddress = (fault: string): Parsed => refused(`This is not an e-mail address: ${fault}.`);

function faultOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (UNPRINTABLE.test(address)) return 'it contains a blank or an invisible character';
  return faultOfLocal(local) ?? faultOfDomain(domain) ?? faultOfLength(address);
}

function faultOfLocal(local: string): string | null {
  if (local === '') return 'nothing stands before the @';
  if (local.includes('@')) return 'it has more than one @';
  if (LOCAL_FORBIDDEN.test(local)) return 'a character before the @ is not allowed there';
  return fits(local, LOCAL_BYTES_MAX) ? null : `more than ${LOCAL_BYTES_MAX} bytes before the @`;
}

function faultOfDomain(domain: string): string | null {
  const labels = domain.split('.');
  if (labels.length < 2) return 'its domain has no dot';
  const isLegal = labels.every((label) => LABEL.test(label) && fits(label, LABEL_BYTES_MAX));
  return isLegal ? null : 'its domain is not a host name';
}

function faultOfLength(address: string): string | null {
  return fits(address, ADDRESS_BYTES_MAX) ? null : `it is longer than ${ADDRESS_BYTES_MAX} bytes`;
}

const fits = (text: string, maxBytes: number): boolean => truncateBytes(text, maxBytes) === text;

const lowerCase = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');
