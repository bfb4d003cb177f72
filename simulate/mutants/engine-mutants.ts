/** Bugs in the judgement: merge, consent, existence, intents, the ledger. */
import type { Mutant } from './mutant.ts';

export const ENGINE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-intents',
    says: 'nothing is noted before it is sent',
    file: 'lib/engine/judge.ts',
    search: `needsIntent: needsIntent(spec.fields, existence.action, fields),`,
    replace: `needsIntent: false,`,
  },
  {
    name: 'intent-not-read',
    says: 'a half-finished write of ours is taken for somebody’s edit',
    file: 'lib/engine/intent.ts',
    search: `if (intent === null) return state;`,
    replace: `if (intent !== undefined) return state;`,
  },
  {
    name: 'intent-proves-itself',
    says: 'what an open intent was to write counts as written, whatever the end shows',
    file: 'lib/engine/intent.ts',
    search: `  return before !== undefined && isEquivalent(field.type, before, now) ? 'untouched' : 'changed';`,
    replace: `  return 'landed';`,
  },
  {
    name: 'no-look-before-overwriting',
    says: 'shared fields, consent, sets and addresses are written on the shadow’s word',
    file: 'lib/engine/judge.ts',
    search: `  if (delicate !== undefined) return`,
    replace: `  if (delicate?.column === '') return`,
  },
  {
    name: 'owner-does-not-count',
    says: 'whoever changed a field last wins, also against its owner',
    file: 'lib/engine/merge.ts',
    search: `  'app-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'app-wins' },`,
    replace: `  'app-changed': { crm: 'app-wins', app: 'app-wins', shared: 'app-wins' },`,
  },
  {
    name: 'app-edits-of-shared-fields-lost',
    says: 'a shared field that only the app changed is put back',
    file: 'lib/engine/merge.ts',
    search: `  'app-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'app-wins' },`,
    replace: `  'app-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'crm-wins' },`,
  },
  {
    name: 'crm-edits-of-shared-fields-lost',
    says: 'a shared field that only the CRM changed is put back',
    file: 'lib/engine/merge.ts',
    search: `  'crm-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'crm-wins' },`,
    replace: `  'crm-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'app-wins' },`,
  },
  {
    name: 'empty-erases-at-first-meeting',
    says: 'an empty value of the owner erases one at a first meeting',
    file: 'lib/engine/merge.ts',
    search: `  return isEmpty(own) && !field.adoptEmpty
    ?`,
    replace: `  return field.adoptEmpty
    ?`,
  },
  {
    name: 'consent-is-a-field',
    says: 'consent follows the owner table like any other field',
    file: 'lib/engine/judge-fields.ts',
    search: `  if (field.role === 'consent')
    return unmark(`,
    replace: `  if (field.path === '')
    return unmark(`,
  },
  {
    name: 'withdrawal-needs-the-owner',
    says: 'a withdrawal at the end that does not own consent is put back',
    file: 'lib/engine/consent.ts',
    search: `  if (!isOld || isWithdrawn(more)) {`,
    replace: `  if ((!isOld && merge.field.owner === lower) || isWithdrawn(more)) {`,
  },
  {
    name: 'flip-grants',
    says: 'who withdrew is subscribed again on the owner’s bare word',
    file: 'lib/engine/consent.ts',
    search: `  if (isGrant && hasNewerOptIn(merge.evidence, higher)) {`,
    replace: `  if (isGrant) {`,
  },
  {
    name: 'created-as-subscribed',
    says: 'a record is created with whatever consent the row claims',
    file: 'lib/engine/consent.ts',
    search: `  const granted = word === 'subscribed' && field.owner === 'crm' && hasNewerOptIn(evidence, 'crm');`,
    replace: `  const granted = word === 'subscribed' && evidence !== null && field !== null;`,
  },
  {
    name: 'first-meeting-removes',
    says: 'a row that its filter excludes takes the app’s record away at their first meeting',
    file: 'lib/engine/existence.ts',
    search: `    return verdict(
      'settle',
      'met-excluded',`,
    replace: `    return verdict(
      'archive-app',
      'met-excluded',`,
  },
  {
    name: 'planned-proves-a-delete',
    says: 'a row not made yet is taken for a deleted one',
    file: 'lib/engine/existence.ts',
    search: `  const wasThere = base !== null && base.c !== 'absent' && !planned;`,
    replace: `  const wasThere = (base !== null && base.c !== 'absent') || planned;`,
  },
  {
    name: 'ledger-entered-after-sending',
    says: 'an identifier that is about to be sent is not entered before',
    file: 'lib/engine/ledger.ts',
    search: `  const ids = new Set([...(state.ledger?.ids ?? []), ...(plan.put?.ids ?? [])]);`,
    replace: `  const ids = new Set([...(state.ledger?.ids ?? [])]);`,
  },
  {
    name: 'ledger-left-before-removal',
    says: 'an identifier leaves the ledger before its removal was acknowledged',
    file: 'lib/engine/ledger.ts',
    search: `  const ids = new Set([...(state.ledger?.ids ?? []), ...(plan.put?.ids ?? [])]);`,
    replace: `  const ids = new Set([...(plan.put?.ids ?? [])]);`,
  },
  {
    name: 'ledger-acknowledged-when-sent',
    says: 'a row counts as known to the app when it is sent, not when it is acknowledged',
    file: 'lib/engine/ledger.ts',
    search: `ledger: { ids: [...ids], row: null }, wroteAt: at };`,
    replace: `ledger: { ids: [...ids], row: plan.put?.digest ?? null }, wroteAt: at };`,
  },
];
