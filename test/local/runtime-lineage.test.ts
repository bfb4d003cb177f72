import {
  continueTrace,
  countHops,
  formatTrace,
  hopsMax,
  parseTrace,
} from '../../lib/local/runtime/lineage.ts';

const pull = 'arn:aws:lambda:us-east-1:000000000000:function:pull';
const apply = 'arn:aws:lambda:us-east-1:000000000000:function:apply';

/** What the next function sees of a header after one invocation. */
function pass(header: string | undefined, functionArn: string): string {
  return formatTrace(continueTrace([parseTrace(header)], functionArn, 'new'), 'parent');
}

describe('the count of hops in a trace header', () => {
  test('begins at none, grows with each invocation and survives the header', () => {
    let header: string | undefined;
    for (let hop = 0; hop < hopsMax; hop += 1) {
      expect(countHops(parseTrace(header), pull)).toBe(hop);
      header = pass(header, pull);
    }
    expect(countHops(parseTrace(header), pull)).toBe(hopsMax);
  });

  test('is kept per function, so that a chain over two counts both', () => {
    const header = pass(pass(pass(undefined, pull), apply), pull);
    expect(countHops(parseTrace(header), pull)).toBe(2);
    expect(countHops(parseTrace(header), apply)).toBe(1);
  });

  test('is that of the longest chain when a batch joins several', () => {
    const long = parseTrace(pass(pass(undefined, pull), pull));
    const trace = continueTrace([undefined, parseTrace(pass(undefined, pull)), long], pull, 'new');
    expect(countHops(trace, pull)).toBe(3);
  });

  test.each([
    undefined,
    '',
    'nonsense',
    'Root=1-2-3',
    'Root=1-2-3;Lineage=;Sampled=1',
    'Lineage=a:1',
  ])('is none in %j', (header) => {
    expect(countHops(parseTrace(header), pull)).toBe(0);
  });

  test('keeps the root of the chain', () => {
    expect(pass('Root=1-abc-def;Parent=1;Sampled=1', pull)).toMatch(
      /^Root=1-abc-def;Parent=parent;/,
    );
    expect(pass(undefined, pull)).toMatch(/^Root=new;/);
  });
});
