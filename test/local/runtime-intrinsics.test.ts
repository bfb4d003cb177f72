import { resolveProperties, resolveValue, type Names } from '../../lib/local/runtime/intrinsics.ts';

const names: Names = {
  ref: (name) => ({ 'AWS::Region': 'eu-west-1', Queue: 'http://q' })[name],
  attribute: (logicalId, attribute) =>
    logicalId === 'Queue' && attribute === 'Arn' ? 'arn:q' : undefined,
};

const resolve = (value: unknown): unknown => resolveValue(value, names, 'Here');

describe('intrinsic functions', () => {
  test.each([
    [{ Ref: 'Queue' }, 'http://q'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:q'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:q'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 'b']] }, 'a-eu-west-1-b'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] }, 'q'],
    [{ 'Fn::Sub': 'x-${AWS::Region}-${Queue.Arn}-${!kept}' }, 'x-eu-west-1-arn:q-${kept}'],
    [{ 'Fn::Sub': ['${Own}/${Queue}', { Own: { Ref: 'AWS::Region' } }] }, 'eu-west-1/http://q'],
    [{ Deep: [{ Ref: 'Queue' }, 1, true, null] }, { Deep: ['http://q', 1, true, null] }],
  ])('%j becomes %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('Ref to AWS::NoValue takes the property or the item away', () => {
    const none = { Ref: 'AWS::NoValue' };
    expect(resolveProperties({ Kept: 1, Gone: none, List: [none, 2] }, names, 'Here')).toEqual({
      Kept: 1,
      List: [2],
    });
  });

  test.each([
    [{ Ref: 'Nobody' }, 'Ref names Nobody'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Queue.Colour'],
    [{ 'Fn::If': ['Condition', 1, 2] }, 'Fn::If is not supported'],
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not supported'],
    ['{{resolve:ssm:/x}}', 'dynamic reference'],
    [{ 'Fn::Select': [5, ['a']] }, 'chooses nothing'],
  ])('%j is refused by name and place', (value, message) => {
    const refuse = (): unknown => resolve({ Property: value });
    expect(refuse).toThrow(message);
    expect(refuse).toThrow('Here.Property');
  });
});
