/** How options and arguments are read from their text. A slip is wrong usage, said before anything is done. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`a whole number ${range} is needed.`);
  };
}

export function secondsUpTo(max: number): (text: string) => number {
  return (text) => {
    const seconds = Number(text);
    if (seconds > 0 && seconds <= max) return seconds;
    throw new InvalidArgumentError(`seconds from 1 to ${max} are needed.`);
  };
}

/** An http(s) address without a slash at the end. */
export function webAddress(text: string): string {
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isAddress) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('an address such as https://my-tunnel.example is needed.');
}
