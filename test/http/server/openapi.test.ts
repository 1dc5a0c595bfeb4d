import { readdirSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { endpoints } from '../../../src/http/server/endpoints.ts';
import { openApiDocument } from '../../../src/http/server/openapi.ts';
import { builtFile } from '../../../src/support/thread/built-file.ts';
import { startServed, type Served } from '../../helpers/served.ts';

const contentSchema = z.optional(
  z.record(z.string(), z.object({ schema: z.optional(z.unknown()) })),
);
const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        responses: z.record(
          z.string(),
          z.looseObject({ content: contentSchema, headers: z.optional(z.looseObject({})) }),
        ),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

const document = documentSchema.parse(
  JSON.parse(JSON.stringify(openApiDocument(endpoints, '1.2.3'))),
);
const ajv = new Ajv2020({ strict: false, formats: { uri: true } });
ajv.addSchema({ $id: 'cab:', ...document });

const pageFolder = builtFile('ui');
const style = readdirSync(pageFolder)
  .find((name) => name.endsWith('.css.br'))
  ?.replace(/\.br$/, '');

describe('the OpenAPI document', () => {
  let daemon: Served;
  let job: Awaited<ReturnType<Served['run']>>;
  beforeAll(async () => {
    daemon = await startServed({ page: pageFolder });
    job = await daemon.run('{"a":1}', { track_id: 't', probe: { n: 1 } });
    daemon.runner.behave = () => Promise.reject(new Error('no'));
    await daemon.run('{"b":1}');
    daemon.runner.behave = () => undefined;
  });
  afterAll(() => daemon.close());

  it('is valid OpenAPI 3.1, and what the daemon serves', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(await (await daemon.get('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
  });

  it('leaves no reference open', () => {
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, ref]) => ref,
    );
    expect(names.length).toBeGreaterThan(10);
    for (const ref of names)
      expect(
        Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
      ).toContain(ref);
  });

  it('says that what accepts a job tells where it is', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    for (const id of ['submitJob', 'retryJob']) {
      const [answer] = operations.filter(({ operationId }) => operationId === id);
      expect([id, Object.keys(answer?.responses['202']?.headers ?? {})]).toEqual([
        id,
        expect.arrayContaining(['Location']),
      ]);
    }
  });

  const calls: [
    string,
    string,
    (job: { job_id: string; config_hash: string; source_hash: string }) => [string, string?],
  ][] = [
    ['POST', '/echo/jobs', () => ['/echo/jobs', '{"features":{"c":1}}']],
    ['POST', '/echo/jobs', () => ['/echo/jobs', '{"features":{"a":1},"probe":{"n":1}}']],
    ['GET', '/echo/jobs', () => ['/echo/jobs?limit=5']],
    ['POST', '/echo/jobs/cancel', () => ['/echo/jobs/cancel', '{"dry_run":true}']],
    ['POST', '/echo/jobs/retry', () => ['/echo/jobs/retry', '{"dry_run":true,"track":"t"}']],
    ['GET', '/echo/jobs/facets', () => ['/echo/jobs/facets?q=a&status=done']],
    ['GET', '/echo/jobs/{id}', ({ job_id }) => [`/echo/jobs/${job_id}`]],
    ['DELETE', '/echo/jobs/{id}', ({ job_id }) => [`/echo/jobs/${job_id}`]],
    ['GET', '/echo/jobs/{id}/log', ({ job_id }) => [`/echo/jobs/${job_id}/log`]],
    ['GET', '/echo/jobs/{id}/events', ({ job_id }) => [`/echo/jobs/${job_id}/events`]],
    ['GET', '/echo/jobs/{id}/explain', ({ job_id }) => [`/echo/jobs/${job_id}/explain`]],
    ['POST', '/echo/explain', () => ['/echo/explain', '{"features":{"a":1},"probe":{"n":2}}']],
    [
      'GET',
      '/echo/entry',
      (key) => [`/echo/entry?config_hash=${key.config_hash}&source_hash=${key.source_hash}`],
    ],
    ['GET', '/echo/reports', () => ['/echo/reports']],
    ['GET', '/echo/gc-plan', () => ['/echo/gc-plan?limit=5']],
    ['GET', '/echo/queue', () => ['/echo/queue']],
    ['PUT', '/echo/queue', () => ['/echo/queue', '{"paused":false}']],
    ['GET', '/echo/stats', () => ['/echo/stats']],
    ['GET', '/', () => ['/']],
    ['GET', '/ui/{path}', () => ['/ui/jobs']],
    ['GET', '/ui/assets/{file}', () => [`/ui/assets/${style ?? ''}`]],
    ['GET', '/echo/tracks', () => ['/echo/tracks?q=t&limit=5']],
    ['GET', '/echo/index', () => ['/echo/index']],
    ['GET', '/echo/index/{file}', () => ['/echo/index/t.json']],
    ['GET', '/echo/index/{track}/history.json', () => ['/echo/index/t/history.json']],
    [
      'GET',
      '/echo/{config_hash}/{source_hash}',
      (key) => [`/echo/${key.config_hash}/${key.source_hash}`],
    ],
    [
      'GET',
      '/echo/{config_hash}/{source_hash}/{path}',
      (key) => [`/echo/${key.config_hash}/${key.source_hash}/historical_echo.json`],
    ],
    [
      'PUT',
      '/echo/{config_hash}/{source_hash}',
      (key) => [`/echo/${key.config_hash}/${key.source_hash}`, '{}'],
    ],
    ['PUT', '/echo/{config_hash}/{source_hash}/{path}', () => ['/echo/c/s/a.json', '{}']],
    ['GET', '/healthz', () => ['/healthz']],
    ['GET', '/readyz', () => ['/readyz']],
    ['GET', '/metrics', () => ['/metrics']],
    ['GET', '/openapi.json', () => ['/openapi.json']],
    ['GET', '/echo/jobs/{id}', () => ['/echo/jobs/nothing']],
    ['GET', '/echo/jobs/{id}', () => ['/echo/jobs/nothing?wait=x']],
    ['POST', '/echo/jobs/{id}/retry', ({ job_id }) => [`/echo/jobs/${job_id}/retry`]],
    ['POST', '/echo/jobs', () => ['/echo/jobs', '{}']],
  ];
  it.each(calls)('describes what %s %s takes and answers', async (method, path, make) => {
    const [target, body] = make(job);
    const answer = await fetch(daemon.url + target, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    if (body !== undefined && answer.ok) expectTaken(method, path, body);
    const { responses } = operation(method, path);
    const status = answer.ok ? String(answer.status) : 'default';
    const response = responses[status];
    expect(response, `${status} is described`).toBeDefined();
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const content = response?.content ?? {};
    const described = content[type] ?? content['*/*'];
    expect(described, `${type} is described`).toBeDefined();
    const text = await answer.text();
    if (described?.schema === undefined) return;
    const validate = ajv.compile({
      $ref: `cab:#/paths/${pointer(path)}/${method.toLowerCase()}/responses/${status}/content/${pointer(type)}/schema`,
    });
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('covers every operation in these calls', () => {
    const covered = new Set(calls.map(([method, path]) => operation(method, path).operationId));
    const all = endpoints.map(({ id }) => id);
    // Its answer has no end, and is that of the events of one job otherwise.
    expect(all.filter((id) => !covered.has(id))).toEqual(['followAll']);
  });

  it('refuses in its schema of submissions what the daemon refuses', () => {
    const validate = ajv.compile({ $ref: 'cab:#/components/schemas/Submission' });
    expect(validate({ features: { any: [1] }, track_id: null, priority: 3 })).toBe(true);
    for (const wrong of [{ colour: 1 }, { max_attempts: 0 }, { probe: [] }, { features_path: 1 }])
      expect(validate(wrong), JSON.stringify(wrong)).toBe(false);
  });
});

const operation = (method: string, path: string) => {
  const found = document.paths[path]?.[method.toLowerCase()];
  if (found === undefined) throw new Error(`${method} ${path} is not described`);
  return found;
};

/** A body that the daemon takes is one that the document describes. */
function expectTaken(method: string, path: string, body: string): void {
  const place = `${method.toLowerCase()}/requestBody/content/${pointer('application/json')}/schema`;
  const validate = ajv.compile({ $ref: `cab:#/paths/${pointer(path)}/${place}` });
  expect(validate(JSON.parse(body)), JSON.stringify(validate.errors)).toBe(true);
}

const pointer = (key: string): string =>
  encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
