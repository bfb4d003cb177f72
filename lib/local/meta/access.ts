/** Who may call: the token, the permission it carries, the terms a person has accepted. */
import { graphErrors } from './errors.ts';
import type { GraphError } from './errors.ts';
import type { Settings } from './settings.ts';

const tokenErrors = {
  expired: graphErrors['token-expired'],
  password: graphErrors['token-password'],
  checkpoint: graphErrors['token-checkpoint'],
  invalid: graphErrors['token-invalid'],
} as const;

const permissionErrors = {
  'read-only': graphErrors['ads-management-missing'],
  'ads-management-missing': graphErrors['ads-management-missing'],
  denied: graphErrors['permission-denied'],
  capability: graphErrors['permission-capability'],
} as const;

/** `given`: from the parameters or the Authorization header; null: none at all. */
export function findTokenFault(
  given: string | null,
  accessToken: string,
  { token }: Settings,
): GraphError | null {
  if (given === null) return graphErrors['token-missing'];
  if (given !== accessToken) return graphErrors['token-unreadable'];
  return token === 'valid' ? null : tokenErrors[token];
}

export function findPermissionFault({ permission }: Settings, method: string): GraphError | null {
  const isAllowed = permission === 'granted' || (permission === 'read-only' && method === 'GET');
  return isAllowed ? null : permissionErrors[permission];
}

/** https://developers.facebook.com/docs/graph-api/reference/user/permissions */
export function viewPermissions({ permission }: Settings): object {
  const mayManage = permission === 'granted';
  return {
    data: [
      { permission: 'ads_read', status: 'granted' },
      { permission: 'ads_management', status: mayManage ? 'granted' : 'declined' },
    ],
  };
}

/** The terms are asked for wherever customer lists are made or filled. */
export function findTermsFault({ termsAccepted, businessLinked }: Settings): GraphError | null {
  if (!businessLinked) return graphErrors['business-not-linked'];
  return termsAccepted ? null : graphErrors['terms-not-accepted'];
}
