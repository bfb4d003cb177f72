/** Ids of contacts made with a uid. The form is known from clients of others; no page of the vendor has it. */

/** "The unique id to be included as part of the contact's generated id." */
export function sharedId(companyId: string, uid: string): string {
  return `shared_contact_pool_Company:${companyId}_uid_${uid}`;
}
