/** Answers in the vendor's dress: JSON, problem documents, and the shapeless ones of an overloaded API. */
import { randomUUID } from 'node:crypto';
import type { Dressed } from '../simulation/api-server.ts';
import { htmlPage, jsonType } from '../simulation/wire.ts';
import { refuse } from './exchange.ts';
import type { ApiAnswer } from './exchange.ts';
import {
  apiKeyInvalid,
  internalServerError,
  renderProblem,
  resourceNotFound,
  tooManyRequests,
} from './problems.ts';
import type { Problem } from './problems.ts';

const errorSchema =
  '<https://us1.api.mailchimp.com/schema/3.0/Definitions/ProblemDetailDocument.json>';
const problemType = 'application/problem+json; charset=utf-8';
const server = 'openresty';

export function dress(answer: ApiAnswer): Dressed {
  const requestId = randomUUID();
  const headers = { server, 'x-request-id': requestId };
  const { problem } = answer;
  if (problem === undefined) {
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
    return { status: answer.status, contentType: jsonType, text, headers, body: answer.body };
  }
  const body = renderProblem(problem, requestId);
  return {
    status: problem.status,
    contentType: problemType,
    text: JSON.stringify(body),
    headers: {
      ...headers,
      link: `${errorSchema}; rel="describedBy"`,
      ...(problem.allow === undefined ? {} : { allow: problem.allow }),
    },
    body,
  };
}

/** At high volume a 403 comes without JSON, and a 502 is a page of the content network. */
export function dressFault(status: number): Dressed {
  if (status === 403) {
    return { status, contentType: 'text/html', text: '', headers: { server }, body: undefined };
  }
  if (status === 502 || status === 504) {
    const page = htmlPage(status, 'The server took too long to respond.');
    return { ...page, headers: { server }, body: undefined };
  }
  return dress(refuse(faultProblem(status)));
}

function faultProblem(status: number): Problem {
  const known = [tooManyRequests, apiKeyInvalid, resourceNotFound, internalServerError];
  const problem = known.find((candidate) => candidate.status === status);
  return problem ?? { status, title: `Injected ${status}`, detail: 'An injected fault.' };
}
