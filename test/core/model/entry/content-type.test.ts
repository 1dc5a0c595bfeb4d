import { lookup } from 'mime-types';
import { expect, it } from 'vitest';
import { contentTypeOf, usualTypes } from '../../../../src/core/model/entry/content-type.ts';

it('knows the usual types as the table of media types does', () => {
  for (const [suffix, type] of usualTypes)
    expect([suffix, lookup(`file.${suffix}`) || 'application/octet-stream']).toEqual([
      suffix,
      type,
    ]);
});

it.each([
  ['report.html', 'text/html; charset=utf-8'],
  ['outputs/a.JSON', 'application/json'],
  ['log', 'text/plain; charset=utf-8'],
  ['app', 'application/octet-stream'],
  ['table.tsv', 'text/tab-separated-values; charset=utf-8'],
  ['unknown.zzz', 'application/octet-stream'],
])('takes the type of %s from its name', async (name, type) => {
  expect(await contentTypeOf(name)).toBe(type);
});
