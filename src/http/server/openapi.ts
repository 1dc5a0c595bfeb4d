/** The OpenAPI 3.1 document, made from the endpoints and from the schemas that check requests and answers. */
import * as z from 'zod/mini';
import type { Answer, Endpoint } from './endpoint.ts';
import { bytesType } from '../wire/entry-transfer.ts';
import { schemas, type SchemaName } from './openapi-schemas.ts';

export function openApiDocument(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    const path = (paths[pathOf(endpoint.url)] ??= {});
    path[endpoint.method.toLowerCase()] = operationOf(endpoint);
    if (endpoint.method === 'GET')
      path['head'] = { ...operationOf(endpoint), operationId: `${endpoint.id}Head` };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'cab',
      version,
      description: 'A content-addressed broker: jobs go in, immutable checked artifacts come out.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [
          name,
          jsonSchemaOf(schema, isRequest(name) ? 'input' : 'output'),
        ]),
      ),
    },
  };
}

const isRequest = (name: string): boolean => name === 'Submission' || name.endsWith('Request');

/** `*` is a path, which may hold slashes. OpenAPI 3 can only describe it as one parameter. */
const pathOf = (url: string): string => url.replace('*', ':path').replace(/:(\w+)/g, '{$1}');

function operationOf({
  id,
  summary,
  url,
  role,
  query,
  body,
  bytes,
  headers = [],
  answers,
}: Endpoint): object {
  return {
    operationId: id,
    summary,
    ...(role === null && { security: [] }),
    parameters: [
      ...[...pathOf(url).matchAll(/\{(\w+)\}/g)].map(([, name]) =>
        parameter('path', name, { type: 'string' }),
      ),
      ...queryParameters(query),
      ...headers.map((name) => parameter('header', name, { type: 'string' })),
    ],
    ...(body && { requestBody: { required: true, content: jsonContent(body) } }),
    ...(bytes && { requestBody: { required: true, content: { [bytesType]: {} } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)]),
      ),
      default: {
        description: 'A problem document; `error` holds the code',
        content: { 'application/problem+json': contentOf('Problem') },
      },
    },
  };
}

const parameter = (place: string, name: string | undefined, schema: object) => ({
  name,
  in: place,
  ...(place === 'path' && { required: true }),
  schema,
});

function queryParameters(query: z.ZodMiniType): object[] {
  const { properties = {} } = jsonSchemaOf(query, 'output');
  return Object.entries(properties).map(([name, schema]) =>
    parameter('query', name, typeof schema === 'object' ? schema : {}),
  );
}

function responseOf({ description, schema, contentType, headers = [] }: Answer): object {
  return {
    description,
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: 'string' } }])),
    }),
    ...(schema && { content: jsonContent(schema) }),
    ...(contentType && { content: { [contentType]: {} } }),
  };
}

const jsonContent = (schema: SchemaName) => ({ 'application/json': contentOf(schema) });
const contentOf = (schema: SchemaName) => ({ schema: { $ref: `#/components/schemas/${schema}` } });

/** The only shared definition is that of any JSON value. An empty schema says the same. */
function jsonSchemaOf(schema: z.ZodMiniType, io: 'input' | 'output'): z.core.JSONSchema.JSONSchema {
  const made = {
    ...z.toJSONSchema(schema, { io, unrepresentable: 'any' }),
    $schema: undefined,
    $defs: undefined,
  };
  const text = JSON.stringify(made).replace(/\{"\$ref":"#\/\$defs\/\w+"\}/g, '{}');
  return z.looseObject({}).parse(JSON.parse(text));
}
