/** `/lists/{id}/merge-fields`. https://mailchimp.com/developer/marketing/api/list-merges/ */
import { isPlainObject } from '../simulation/json.ts';
import { answer, answerRuled, noContent, refuse } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import { misfit } from './member-draft.ts';
import type { MergeField, MergeFieldOptions, MergeFieldType } from './model.ts';
import { defaultOptions } from './options.ts';
import { cutPage, parsePage } from './paging.ts';
import { allowed, invalidResource, invalidShape, refused, resourceNotFound } from './problems.ts';
import type { Ruled } from './problems.ts';
import { collectionPaths, parseProjection } from './projection.ts';
import type { World } from './world.ts';

const collection = '/lists/{id}/merge-fields';
const single = `${collection}/{merge_id}`;
const fieldsMax = 30;

const types: readonly MergeFieldType[] = [
  'text',
  'number',
  'address',
  'phone',
  'date',
  'url',
  'imageurl',
  'radio',
  'dropdown',
  'birthday',
  'zip',
];

const fieldKeys = [
  'merge_id',
  'tag',
  'name',
  'type',
  'required',
  'default_value',
  'public',
  'display_order',
  'options',
  'help_text',
  'list_id',
  '_links',
];

export function createMergeFieldRoutes(world: World): readonly Route[] {
  const found =
    (handle: (field: MergeField, request: ApiRequest) => ApiAnswer) =>
    (request: ApiRequest): ApiAnswer => {
      const id = Number(request.params['merge_id']);
      const field = world.audience.fields().find((candidate) => candidate.id === id);
      return field === undefined ? refuse(resourceNotFound) : handle(field, request);
    };
  return [
    { method: 'GET', template: collection, handle: (request) => getFields(world, request) },
    { method: 'POST', template: collection, handle: (request) => postField(world, request) },
    {
      method: 'GET',
      template: single,
      handle: found((field, request) =>
        answerRuled(parseProjection(request.query, fieldKeys), (projection) =>
          answer(projection.apply(renderField(world, field))),
        ),
      ),
    },
    {
      method: 'PATCH',
      template: single,
      handle: found((field, request) =>
        answerRuled(reviseField(field, request.body, world), (revised) => {
          world.commit({ kind: 'field', field: revised });
          return answer(renderField(world, revised));
        }),
      ),
    },
    {
      method: 'DELETE',
      template: single,
      handle: found((field) => {
        world.commit({ kind: 'field-gone', id: field.id });
        return noContent;
      }),
    },
  ];
}

function getFields(world: World, request: ApiRequest): ApiAnswer {
  const page = parsePage(request.query);
  if (!page.ok) return refuse(page.problem);
  const type = request.query.get('type');
  const required = request.query.get('required');
  const fields = world.audience
    .fields()
    .filter((field) => type === null || field.type === type)
    .filter((field) => required === null || String(field.isRequired) === required);
  const paths = collectionPaths('merge_fields', fieldKeys, ['list_id', 'total_items', '_links']);
  const self = `${world.apiRoot()}/lists/${world.identity.audienceId}`;
  return answerRuled(parseProjection(request.query, paths), (projection) =>
    answer(
      projection.apply({
        merge_fields: cutPage(fields, page.value).map((field) => renderField(world, field)),
        list_id: world.identity.audienceId,
        total_items: fields.length,
        _links: plainLinks(`${self}/merge-fields`, self),
      }),
    ),
  );
}

function postField(world: World, request: ApiRequest): ApiAnswer {
  const { body } = request;
  if (!isPlainObject(body)) return refuse(misfit('', 'object', body));
  const type = types.find((known) => known === body['type']);
  if (type === undefined) {
    const message = `Data presented is not one of the accepted values: ${types.join(', ')}.`;
    return refuse(invalidShape('type', message));
  }
  if (world.audience.fields().length >= fieldsMax) {
    return refuse(invalidResource(`A list can have at most ${fieldsMax} merge fields.`));
  }
  const id = world.audience.counters().mergeId + 1;
  const blank: MergeField = {
    id,
    tag: `MMERGE${id}`,
    name: '',
    type,
    isRequired: false,
    isPublic: false,
    defaultValue: '',
    displayOrder: id + 1,
    helpText: '',
    options: defaultOptions(type),
  };
  return answerRuled(reviseField(blank, body, world), (field) => {
    world.commit({ kind: 'field', field });
    return answer(renderField(world, field));
  });
}

/** Type and id never change; values follow the id, so a renamed tag keeps them. */
function reviseField(field: MergeField, body: unknown, world: World): Ruled<MergeField> {
  if (!isPlainObject(body)) return refused(misfit('', 'object', body));
  const name = body['name'] ?? field.name;
  if (typeof name !== 'string' || name === '') {
    return refused(invalidShape('name', 'Required fields were not provided: name'));
  }
  const tag = parseTag(body['tag'] ?? field.tag, field, world);
  if (!tag.ok) return tag;
  const options = isPlainObject(body['options']) ? (body['options'] as MergeFieldOptions) : {};
  return allowed({
    ...field,
    name,
    tag: tag.value,
    isRequired: asBoolean(body['required'], field.isRequired),
    isPublic: asBoolean(body['public'], field.isPublic),
    defaultValue: asText(body['default_value'], field.defaultValue),
    helpText: asText(body['help_text'], field.helpText),
    displayOrder:
      typeof body['display_order'] === 'number' ? body['display_order'] : field.displayOrder,
    options: { ...field.options, ...options },
  });
}

function parseTag(value: unknown, field: MergeField, world: World): Ruled<string> {
  if (typeof value !== 'string') return refused(misfit('tag', 'string', value));
  const tag = value.toUpperCase();
  if (!/^[A-Z0-9_]{1,10}$/.test(tag)) {
    const message = 'Merge tags may be at most 10 characters: letters, digits, underscore.';
    return refused(invalidShape('tag', message));
  }
  const holder = world.audience.fields().find((other) => other.tag === tag);
  if (holder !== undefined && holder.id !== field.id) {
    return refused(
      invalidResource(`A Merge Field with the tag "${tag}" already exists for this list.`),
    );
  }
  return allowed(tag);
}

function asBoolean(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

function asText(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function renderField(world: World, field: MergeField): Record<string, unknown> {
  const parent = `${world.apiRoot()}/lists/${world.identity.audienceId}/merge-fields`;
  return {
    merge_id: field.id,
    tag: field.tag,
    name: field.name,
    type: field.type,
    required: field.isRequired,
    default_value: field.defaultValue,
    public: field.isPublic,
    display_order: field.displayOrder,
    options: field.options,
    help_text: field.helpText,
    list_id: world.identity.audienceId,
    _links: plainLinks(`${parent}/${field.id}`, parent),
  };
}
