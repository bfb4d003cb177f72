/** The whole template, so that a change nobody meant is seen. Asset hashes are scrubbed: code may change without it. */
import { synthesize } from './fixtures/synthesize.ts';

const scrub = (json: string): string => json.replaceAll(/[0-9a-f]{64}/g, '<asset>');

describe('the template', () => {
  test('is the one that was last looked at', () => {
    const template = synthesize().toJSON() as unknown;
    expect(JSON.parse(scrub(JSON.stringify(template)))).toMatchSnapshot();
  }, 60_000);
});
