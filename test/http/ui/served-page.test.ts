import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { builtFile } from '../../../src/support/thread/built-file.ts';
import { encodingFor } from '../../../src/http/server/page/page-files.ts';
import { rawRequest } from '../../helpers/raw-request.ts';
import { served } from '../../helpers/served.ts';

const folder = builtFile('ui');
const withPage = () => served({ page: folder });

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const assetNames = async (): Promise<string[]> =>
  (await readdir(folder)).flatMap((name) =>
    name.endsWith('.br') && name !== 'index.html.br' ? [name.slice(0, -3)] : [],
  );

describe('the page', () => {
  it('is the same at its start and at each of its addresses', async () => {
    const { get } = await withPage();
    const start = await get('/');
    expect(start.status).toBe(200);
    expect(start.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(start.headers.get('content-security-policy')).toBe(policy);
    expect(start.headers.get('cache-control')).toBe('no-cache');
    expect(start.headers.get('x-content-type-options')).toBe('nosniff');
    expect(start.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(start.headers.get('referrer-policy')).toBe('no-referrer');
    const page = await start.text();
    for (const path of [
      '/ui/',
      '/ui/jobs',
      '/ui/jobs/x?a=b',
      '/ui/tracks/a%2Fb',
      '/ui/entries/a/b',
    ])
      expect(await (await get(path)).text()).toBe(page);
  });

  it('holds no script and no style of its own', async () => {
    const { get } = await withPage();
    const page = await (await get('/')).text();
    expect(page).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:/i);
    expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path)).toEqual([
      expect.stringMatching(/^\/ui\/assets\/icon-\w+\.svg$/),
      expect.stringMatching(/^\/ui\/assets\/main-\w+\.css$/),
      expect.stringMatching(/^\/ui\/assets\/main-\w+\.js$/),
    ]);
  });

  it('sends each file in the form that the client takes, and each form has its own tag', async () => {
    const { get } = await withPage();
    const names = await assetNames();
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const forms = await Promise.all(
        ['br', 'gzip', 'identity'].map(async (coding) => {
          const answer = await get(`/ui/assets/${name}`, { 'accept-encoding': coding });
          expect(answer.headers.get('content-encoding') ?? 'identity').toBe(coding);
          expect(answer.headers.get('vary')).toBe('accept-encoding');
          expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
          return { tag: answer.headers.get('etag'), text: await answer.text() };
        }),
      );
      expect(new Set(forms.map(({ tag }) => tag)).size).toBe(3);
      expect(new Set(forms.map(({ text }) => text)).size).toBe(1);
      const [stored, packed] = await Promise.all(
        ['br', 'gz'].map((form) => readFile(join(folder, `${name}.${form}`))),
      );
      expect(brotliDecompressSync(stored ?? Buffer.of())).toEqual(
        gunzipSync(packed ?? Buffer.of()),
      );
    }
  });

  it('answers 304 to a client that has it, and HEAD without a body', async () => {
    const { url, get } = await withPage();
    for (const path of ['/', `/ui/assets/${(await assetNames())[0] ?? ''}`]) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
      expect((await get(path, { 'if-none-match': '"another"' })).status).toBe(200);
      const head = await fetch(url + path, { method: 'HEAD' });
      expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, '']);
    }
  });

  it('has no file but its own', async () => {
    const { get } = await withPage();
    for (const path of [
      'main.js',
      '..%2Findex.js',
      '%2e%2e%2f%2e%2e%2fpackage.json',
      'index.html.br',
    ])
      expect((await get(`/ui/assets/${path}`)).status).toBe(404);
    expect((await get('/ui')).status).toBe(404);
    expect((await fetch((await withPage()).url, { method: 'POST' })).status).toBe(405);
  });

  it('is open without a token, and tells nothing that needs one', async () => {
    const { get } = await served({ page: folder, tokens: [{ token: 'secret', role: 'read' }] });
    expect((await get('/')).status).toBe(200);
    expect((await get('/echo/jobs')).status).toBe(401);
  });

  it('is refused to other hosts and to other sites, as all else is', async () => {
    const { url, get } = await withPage();
    expect((await get('/', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const answer = await rawRequest(
      url,
      'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer.status).toBe(403);
  });

  it('is not there where none is served', async () => {
    const { get } = await served();
    for (const path of ['/', '/ui/', '/ui/jobs', '/ui/assets/main.js'])
      expect((await get(path)).status).toBe(404);
  });
});

describe('the form of a file', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['BR', 'br'],
    ['deflate', 'identity'],
    ['', 'identity'],
    [undefined, 'identity'],
  ])('for %j is %s', (accepted, encoding) => {
    expect(encodingFor(accepted)).toBe(encoding);
  });
});
