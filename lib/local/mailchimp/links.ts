/** The `_links` of answers, as the vendor writes them. They triple an answer's size; callers exclude them. */

export interface Link {
  readonly rel: string;
  readonly href: string;
  readonly method: string;
  readonly targetSchema?: string;
  readonly schema?: string;
}

const definitions = 'https://us1.api.mailchimp.com/schema/3.0/Definitions';

export function memberLinks(apiRoot: string, listId: string, hash: string): readonly Link[] {
  const parent = `${apiRoot}/lists/${listId}/members`;
  const self = `${parent}/${hash}`;
  const members = `${definitions}/Lists/Members`;
  return [
    link('self', self, 'GET', [`${members}/Response.json`]),
    link('parent', parent, 'GET', [`${members}/CollectionResponse.json`]),
    link('update', self, 'PATCH', [`${members}/Response.json`, `${members}/PATCH.json`]),
    link('upsert', self, 'PUT', [`${members}/Response.json`, `${members}/PUT.json`]),
    link('delete', self, 'DELETE'),
    link('activity', `${self}/activity`, 'GET', [`${members}/Activity/Response.json`]),
    link('goals', `${self}/goals`, 'GET', [`${members}/Goals/Response.json`]),
    link('notes', `${self}/notes`, 'GET', [`${members}/Notes/CollectionResponse.json`]),
    link('events', `${self}/events`, 'POST', [`${members}/Events/POST.json`]),
    link('delete_permanent', `${self}/actions/delete-permanent`, 'POST'),
  ];
}

/** Links of a resource that is no member: itself and what holds it. */
export function plainLinks(self: string, parent: string): readonly Link[] {
  return [link('self', self, 'GET'), link('parent', parent, 'GET')];
}

function link(
  rel: string,
  href: string,
  method: string,
  [targetSchema, schema]: readonly [target?: string, own?: string] = [],
): Link {
  return {
    rel,
    href,
    method,
    ...(targetSchema === undefined ? {} : { targetSchema }),
    ...(schema === undefined ? {} : { schema }),
  };
}
