/** Answers in the vendor's dress: JSON, problem documents, and the shapeless ones of an overloaded API. */
import { randomUUID } from 'node:crypto';
import { refuse } from './exchange.ts';
import type { ApiAnswer } from './exchange.ts';
import type { Fault } from './faults.ts';
import {
  apiKeyInvalid,
  internalServerError,
  renderProblem,
  resourceNotFound,
  tooManyRequests,
} from './problems.ts';
import type { Problem } from './problems.ts';
import { jsonType, problemType } from './wire.ts';
import type { WireAnswer } from './wire.ts';

export interface Dressed extends WireAnswer {
  readonly body: unknown;
  readonly fault?: string;
}

const errorSchema =
  '<https://us1.api.mailchimp.com/schema/3.0/Definitions/ProblemDetailDocument.json>';

export function dress(answer: ApiAnswer): Dressed {
  const requestId = randomUUID();
  const headers = { 'x-request-id': requestId };
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
export function faultAnswer(fault: Fault): Dressed {
  const { status } = fault;
  const mark = { fault: fault.kind };
  if (status === 403) {
    return { status, contentType: 'text/html', text: '', headers: {}, body: undefined, ...mark };
  }
  if (status === 502 || status === 504) {
    const text = `<html><head><title>${status}</title></head><body><h1>The server took too long to respond.</h1></body></html>`;
    return { status, contentType: 'text/html', text, headers: {}, body: undefined, ...mark };
  }
  return { ...dress(refuse(faultProblem(status))), ...mark };
}

function faultProblem(status: number): Problem {
  const known = [tooManyRequests, apiKeyInvalid, resourceNotFound, internalServerError];
  const problem = known.find((candidate) => candidate.status === status);
  return problem ?? { status, title: `Injected ${status}`, detail: 'An injected fault.' };
}
