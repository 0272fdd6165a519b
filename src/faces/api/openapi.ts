import { z } from 'zod';
import { keyHeader } from './cookies.ts';
import { type Endpoint, personalBase } from './endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1 of the JSON API, from the schemas that the program itself checks with. */
export function describeApi(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const at = (endpoint.who === 'anyone' ? endpoint.path : `${personalBase}${endpoint.path}`).replaceAll(
      /:(\w+)/g,
      '{$1}',
    );
    const known = paths[`/api${at}`] ?? {};
    known[endpoint.method.toLowerCase()] = operation(endpoint, at);
    paths[`/api${at}`] = known;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coffre',
      version,
      description:
        'Personal addresses hold the tag of the account. A session has two halves, a cookie and a header; both are needed.',
    },
    paths,
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: '__Host-coffre' },
        key: { type: 'apiKey', in: 'header', name: keyHeader },
      },
      schemas: {
        Problem: schemaOf(z.object({ status: z.number(), code: z.string(), detail: z.string(), instance: z.string() })),
      },
    },
  };
}

function operation(endpoint: Endpoint, path: string): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary: endpoint.summary,
    ...(endpoint.who !== 'anyone' && { security: [{ cookie: [], key: [] }] }),
    parameters: [...inPath, ...queryParameters(endpoint)],
    ...(endpoint.body !== undefined && { requestBody: { required: true, content: json(schemaOf(endpoint.body)) } }),
    responses: {
      ...(endpoint.answer instanceof z.ZodUndefined
        ? { 204: { description: 'done' } }
        : { 200: { description: 'done', content: json(schemaOf(endpoint.answer)) } }),
      default: {
        description: 'a problem (RFC 9457); nothing was changed',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function queryParameters(endpoint: Endpoint): readonly Json[] {
  if (endpoint.query === undefined) return [];
  const schema = schemaOf(endpoint.query) as { readonly properties?: Json; readonly required?: readonly string[] };
  return Object.entries(schema.properties ?? {}).map(([name, each]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: each,
  }));
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}
