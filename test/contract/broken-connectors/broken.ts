/** A connector with one broken thing: the real one, and something in between. */
import type { Harness } from '../../../lib/conformance/index.ts';
import type { AppCommand, AppOutcome, AppReplica } from '../../../lib/ports/app.ts';
import type { Budget } from '../../../lib/ports/clock.ts';
import type { MailchimpVariation } from '../harnesses/mailchimp.ts';

export interface Broken {
  readonly what: string;
  /** The clauses that must find it out. All others must pass. */
  readonly breaks: readonly string[];
  /** Called for each stage. */
  readonly vary?: () => MailchimpVariation;
  readonly changes?: (harness: Harness) => Partial<Harness>;
}

export const wrapping =
  (wrap: (replica: AppReplica) => Partial<AppReplica>) => (): MailchimpVariation => ({
    wrap: (replica) => ({ ...replica, ...wrap(replica) }),
  });

type Push = (commands: readonly AppCommand[]) => Promise<readonly AppOutcome[]>;

/** Another `push`, which may use the real one. */
export const pushing = (
  push: (commands: readonly AppCommand[], real: Push, replica: AppReplica) => ReturnType<Push>,
): (() => MailchimpVariation) =>
  wrapping((replica) => ({
    push: (commands, budget) => push(commands, (some) => replica.push(some, budget), replica),
  }));

/** Other commands than the suite's, one for one. */
export const sending = (
  change: (command: AppCommand, all: readonly AppCommand[]) => AppCommand,
): (() => MailchimpVariation) =>
  pushing((commands, real) => real(commands.map((command) => change(command, commands))));

/** Other outcomes than the real ones. */
export const answering = (
  change: (outcome: AppOutcome, command: AppCommand, all: readonly AppOutcome[]) => AppOutcome,
): (() => MailchimpVariation) =>
  pushing(async (commands, real) => {
    const outcomes = await real(commands);
    return outcomes.map((outcome, n) => change(outcome, commandAt(commands, n), outcomes));
  });

export function commandAt(commands: readonly AppCommand[], n: number): AppCommand {
  const command = commands[n];
  if (command === undefined) throw new Error(`There is no command ${n}`);
  return command;
}

/** Answers with another status. */
export const restating = (
  from: number,
  to: number,
  body: object = { title: 'Bad Request', status: to },
): (() => MailchimpVariation) =>
  hearing((response) =>
    response.status === from
      ? new Response(JSON.stringify(body), { status: to, headers: response.headers })
      : response,
  );

export const hearing =
  (change: (response: Response) => Response | Promise<Response>): (() => MailchimpVariation) =>
  () => ({
    fetch: (real) => async (url, init) => change(await real(url, init)),
  });

export const PLENTY: Budget = { remainingMs: () => 60_000 };
export const FNAME = 'merge_fields.FNAME';
export const CITY = 'merge_fields.CITY';
export const PHONE = 'merge_fields.PHONE';

export { textAt } from '../../../lib/conformance/bench.ts';

export const bodyOf = (init: RequestInit | undefined): string =>
  typeof init?.body === 'string' ? init.body : '';
