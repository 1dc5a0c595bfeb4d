/** Measures the page with a long queue, a long log and a large artifact: `npm run bench:page`. It fails nothing. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { it } from 'vitest';
import * as z from 'zod/mini';
import { launch, watchedPage } from './browser.ts';
import { emptyScene, type Scene } from './scene.ts';

const jobs = Number(process.env['CAB_PAGE_JOBS'] ?? 100_000);
const logBytes = 200_000_000;
const artifactBytes = 50_000_000;

/** Notes when the first row is there. */
const notes = `
  globalThis.noted = { firstRow: null };
  new MutationObserver((_, observer) => {
    if (document.querySelector('main tbody tr, main .rows .row') === null) return;
    noted.firstRow = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
`;

interface Noted {
  readonly firstRow: number | null;
}

const scripts = new Set(['FunctionCall', 'EvaluateScript', 'RunMicrotasks', 'FireAnimationFrame']);
const traceSchema = z.object({
  traceEvents: z.array(z.object({ name: z.string(), tdur: z.optional(z.number()) })),
});

/** The longest time of a processor that one call of scripts took: other work of the machine does not count. */
function longestScript(trace: Buffer): number {
  const { traceEvents } = traceSchema.parse(JSON.parse(trace.toString()));
  const times = traceEvents.filter(({ name }) => scripts.has(name)).map(({ tdur = 0 }) => tdur);
  return times.reduce((most, each) => Math.max(most, each), 0) / 1000;
}

async function measured(
  browser: Browser,
  scene: Scene,
  path: string,
  use: (page: Page) => Promise<void>,
) {
  const { page } = await watchedPage(browser, scene.url, {
    viewport: { width: 1440, height: 900 },
  });
  page.setDefaultTimeout(120_000);
  await page.addInitScript(notes);
  await browser.startTracing(page, { categories: ['devtools.timeline'] });
  await page.goto(path);
  await page.locator('main tbody tr, main .rows .row').first().waitFor();
  await use(page);
  const script = longestScript(await browser.stopTracing());
  const noted = await page.evaluate<Noted>('noted');
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await page.context().close();
  return {
    first_row_ms: Math.round(noted.firstRow ?? 0),
    longest_script_cpu_ms: Math.round(script),
    heap_mb: Math.round(usedSize / 1e5) / 10,
  };
}

const wheel = async (page: Page, selector: string, turns: number): Promise<void> => {
  await page.locator(selector).hover();
  for (let n = 0; n < turns; n += 1) {
    await page.mouse.wheel(0, n % 3 === 2 ? -900 : 1400);
    await page.waitForTimeout(16);
  }
};

async function fillQueue(scene: Scene): Promise<void> {
  await fetch(`${scene.url}/echo/queue`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"paused":true}',
  });
  let next = 0;
  const hand = async (): Promise<void> => {
    for (let n = next++; n < jobs; n = next++)
      await fetch(`${scene.url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"features":{"n":${n}},"track_id":"track ${n % 500}","priority":${n % 3}}`,
      }).then((answer) => answer.arrayBuffer());
  };
  await Promise.all(Array.from({ length: 24 }, hand));
}

async function writeLog(path: string): Promise<void> {
  const lines = Array.from(
    { length: 10_000 },
    (_, n) =>
      `\u001b[32mok\u001b[0m  frame ${String(n).padStart(6)}  centroid ${(1480 + n / 7).toFixed(1)} Hz, a line of a log`,
  );
  const piece = Buffer.from(`${lines.join('\n')}\n`);
  const file = await open(path, 'w');
  for (let written = 0; written < logBytes; written += piece.length) await file.write(piece);
  await file.write('the needle at the end\n');
  await file.close();
}

it('measures the page', async () => {
  const [browser, scene] = await Promise.all([launch(), emptyScene()]);
  const long = await scene.run('long.json', { log: ['begun'] });
  const row = `{"name":"${'x'.repeat(80)}","value":1.25}`;
  const files = { 'large.json': `[${`${row},\n`.repeat(artifactBytes / (row.length + 2))}${row}]` };
  const large = await scene.run('large.json', { files });
  await writeLog(join(scene.root, '.cab/logs', `${long.job_id}.log`));
  await fillQueue(scene);
  const entry = `/ui/entries/${large.config_hash}/${large.source_hash}`;
  console.log({
    now: await measured(browser, scene, '/', (page) => page.waitForTimeout(4000)),
    jobs: await measured(browser, scene, '/ui/jobs', async (page) => {
      for (let n = 0; n < 5; n += 1) {
        await page.getByRole('link', { name: 'Older' }).click();
        await page.waitForURL(/cursor/);
        await page.waitForTimeout(400);
      }
      await page.getByLabel('Find').fill('track');
      await page.waitForTimeout(2000);
    }),
    log: await measured(browser, scene, `/ui/jobs/${long.job_id}`, async (page) => {
      await page.locator('.rows .row').first().waitFor();
      await wheel(page, '.rows', 60);
      await page.getByRole('button', { name: 'Start' }).click();
      await wheel(page, '.rows', 150);
      await page.getByLabel('Filter the lines of the log').fill('needle');
      await page.getByText(/^1 line of/).waitFor();
    }),
    artifact: await measured(browser, scene, entry, async (page) => {
      await page.locator('.rows .row').first().waitFor();
      await wheel(page, '.rows', 150);
      await page.getByRole('button', { name: 'End' }).click();
      await wheel(page, '.rows', 60);
    }),
  });
  await browser.close();
  await scene.close();
});
