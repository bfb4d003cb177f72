/** The least any app can be asked before a sync relies on it: whether the credentials lead to its object. */
import type { AppReplica } from '../ports/app.ts';
import type { AppExaminer } from '../ports/examine.ts';

export const examineIdentity = (replica: AppReplica): AppExaminer => ({
  examine: async (_fields, budget) => {
    const identity = await replica.identify(budget);
    if (identity.kind === 'ok') return { findings: [], fixes: [], clockAheadMs: null };
    const isForPerson = identity.kind === 'halted';
    const remedy = isForPerson
      ? 'Correct the secret or the configuration.'
      : 'Try again; if it stays so, look at the app and at the network.';
    return {
      findings: [
        {
          severity: 'error',
          code: isForPerson ? 'app.refused' : 'app.unreachable',
          where: replica.object,
          found: identity.reason,
          remedy: { kind: 'advice', text: remedy },
        },
      ],
      fixes: [],
      clockAheadMs: null,
    };
  },
});
