import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launch, watchedPage } from './scene/browser.ts';
import { emptyScene, type Scene } from './scene/scene.ts';

let browser: Browser;
let scene: Scene;

const track = '<img src=x onerror=alert(1)>';
const html =
  '<!doctype html><script>alert("page")</script><body onload="alert(2)"><h1 id="own">mine</h1>';
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="alert(3)"><script>alert(4)</script>' +
  '<image href="http://elsewhere.example/x.png"/><rect width="40" height="30" fill="red"/></svg>';
const log = [
  '\u001b[31mred\u001b[0m and plain',
  '\u001b]0;a title\u0007\u001b]8;;http://elsewhere.example\u0007a link\u001b]8;;\u0007',
  '\u001b[2J\u001b[1;1H\u001b[?1049hscreen',
  '<b>bold?</b><script>alert(5)</script>',
  'half\rwhole',
  '\u202eright to left',
];

/** Nothing of what the runner wrote is an element of the page. */
const isHarmless = (page: Page) =>
  page.evaluate<boolean>(
    `document.querySelector('main script, main iframe, main object, main embed, #own, .rows b, .table b, h1 *, img[src="x"]') === null`,
  );

describe.skipIf(!hasBrowser)('what runners and callers write, in a browser', () => {
  beforeAll(async () => {
    [browser, scene] = await Promise.all([launch(), emptyScene()]);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  it('is text on every page', async () => {
    const files = {
      'page.html': html,
      'drawing.svg': svg,
      '<i>name<i>.txt': 'text',
      'bytes.bin': 'b',
    };
    const job = await scene.run('<u>input.json', { files, log }, { track_id: track });
    expect(job.status).toBe('done');
    const { page, said, elsewhere } = await watchedPage(browser, scene.url);
    const entry = `/ui/entries/${job.config_hash}/${job.source_hash}`;
    for (const [path, text] of [
      ['/', '<u>input.json'],
      ['/ui/jobs', track],
      [`/ui/jobs?q=${encodeURIComponent('<u>')}&track=${encodeURIComponent(track)}`, track],
      ['/ui/tracks', track],
      [`/ui/tracks/${encodeURIComponent(track)}`, track],
      [entry, '<!doctype html><script>'],
      [`${entry}?file=${encodeURIComponent('<i>name<i>.txt')}`, 'text'],
    ] as const) {
      await page.goto(path);
      await page.getByText(text).first().waitFor();
      expect(await isHarmless(page), path).toBe(true);
    }
    await page.goto(`${entry}?file=drawing.svg`);
    await page.getByText('40 × 30').waitFor();
    expect(await page.locator('main img').getAttribute('src')).toMatch(/^blob:/);
    await page.goto(`${entry}?file=bytes.bin`);
    await page.getByText('Bytes of the type').waitFor();
    expect([...said, ...elsewhere]).toEqual([]);
    await page.context().close();
  });

  it('has its colours in a log, and nothing else of its escape sequences', async () => {
    const job = await scene.run('log.json', { log });
    const { page, said, elsewhere } = await watchedPage(browser, scene.url);
    await page.goto(`/ui/jobs/${job.job_id}`);
    await page.getByText('right to left').waitFor();
    const rows = await page.locator('.rows .row').allTextContents();
    expect(rows).toEqual([
      'red and plain',
      'a link',
      'screen',
      '<b>bold?</b><script>alert(5)</script>',
      'whole',
      'right to left',
    ]);
    expect(await page.locator('.rows span.f1').allTextContents()).toEqual(['red']);
    expect(await isHarmless(page)).toBe(true);
    expect([...said, ...elsewhere]).toEqual([]);
    await page.context().close();
  });

  it('is never loaded whole if it is large', async () => {
    const line = `{"n":0,"text":"${'x'.repeat(60)}"}`;
    const text = `[${`${line},\n`.repeat(60_000)}${line}]`;
    const job = await scene.run('large.json', { log: [], files: { 'large.json': text } });
    const { page, said } = await watchedPage(browser, scene.url);
    let received = 0;
    page.on(
      'response',
      (response) => (received += Number(response.headers()['content-length'] ?? 0)),
    );
    await page.goto(`/ui/entries/${job.config_hash}/${job.source_hash}`);
    await page.getByText('Too large for a tree').waitFor();
    const rows = page.locator('.rows .row');
    await rows.first().waitFor();
    expect(await rows.count()).toBeLessThan(150);
    await page.getByRole('button', { name: 'End' }).click();
    await page.getByText(`${line}]`, { exact: true }).waitFor();
    expect(received).toBeLessThan(text.length / 3);
    await page.getByLabel('Filter the lines of large.json').fill(`${line}]`);
    await page.getByText(/^1 line of/).waitFor();
    expect(said).toEqual([]);
    await page.context().close();
  });

  it('is searched once when it is long and its job has ended', async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => `line ${n} ${'x'.repeat(60)}`);
    const job = await scene.run('long-log.json', { log: lines });
    const { page, said } = await watchedPage(browser, scene.url);
    // A look at its end, after the page has heard that the job has ended, is the last that follows the log.
    const size = lines.reduce((sum, line) => sum + line.length + 1, 0);
    const lastLook = page.waitForResponse((answer) => answer.url().includes(`from=${size}`));
    await page.goto(`/ui/jobs/${job.job_id}`);
    await page.getByText(`line 39999 `).waitFor();
    await lastLook;
    const pieces: string[] = [];
    page.on('request', (request) => {
      const from = new URL(request.url()).searchParams.get('from');
      if (from !== null) pieces.push(from);
    });
    await page.getByLabel('Filter the lines of the log').fill('line 12345 ');
    await page.getByText(/^1 line of/).waitFor();
    // Longer than a search of this log takes.
    await page.waitForTimeout(3000);
    expect(await page.getByText(/^1 line of/).count()).toBe(1);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces).toEqual([...new Set(pieces)]);
    expect(said).toEqual([]);
    await page.context().close();
  });
});
