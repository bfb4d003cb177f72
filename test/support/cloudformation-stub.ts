/** As much of CloudFormation as a command asks: DescribeStacks, over the real protocol. It keeps what it was asked with. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CloudFormationStub {
  readonly endpoint: string;
  /** Authorization headers, in the order of the requests. */
  readonly authorizations: readonly string[];
  /** What any stack but the known one is answered with. */
  failWith(failure: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
  }): void;
  stop(): void;
}

export async function startCloudFormation(
  stackName: string,
  outputs: Readonly<Record<string, string>>,
): Promise<CloudFormationStub> {
  const authorizations: string[] = [];
  let failure: { status: number; code: string; message: string } | null = null;
  const server: Server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? '');
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const asked = new URLSearchParams(body).get('StackName') ?? '';
      const answer =
        asked === stackName
          ? { status: 200, xml: describeStack(stackName, outputs) }
          : { status: failure?.status ?? 400, xml: errorOf(failure ?? notThere(asked)) };
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.xml);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    failWith: (next) => {
      failure = next;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const notThere = (name: string): { code: string; message: string } => ({
  code: 'ValidationError',
  message: `Stack with id ${name} does not exist`,
});

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
function describeStack(name: string, outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${escape(value)}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
    <DescribeStacksResult><Stacks><member>
      <StackName>${name}</StackName>
      <StackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/${name}/0a1b</StackId>
      <StackStatus>UPDATE_COMPLETE</StackStatus>
      <CreationTime>2026-01-01T00:00:00Z</CreationTime>
      <Outputs>${members.join('')}</Outputs>
    </member></Stacks></DescribeStacksResult>
    <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
  </DescribeStacksResponse>`;
}

const errorOf = ({ code, message }: { code: string; message: string }): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
    <Error><Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error>
    <RequestId>1</RequestId>
  </ErrorResponse>`;
