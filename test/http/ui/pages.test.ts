import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { chooseSeed, someOf } from '../../faults/rig/sizes.ts';
import { hasBrowser, launch, watchedPage } from './scene/browser.ts';
import { fullScene, type FullScene } from './scene/scene.ts';

let browser: Browser;
let scene: FullScene;

const require = createRequire(import.meta.url);
const axeSource = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const findingsSchema = z.array(
  z.object({ id: z.string(), impact: z.nullable(z.string()), nodes: z.array(z.string()) }),
);

/** What axe finds on the page as it stands, if it is serious. Without rules: by all of them. */
async function seriousFindings(page: Page, rules: readonly string[] = []) {
  const only = rules.length === 0 ? {} : { runOnly: rules };
  const options = { resultTypes: ['violations'], ...only };
  await page.evaluate(axeSource);
  const found =
    await page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 200)) })))`);
  return findingsSchema
    .parse(found)
    .filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

const overflow = (page: Page) =>
  page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );

interface Shown {
  readonly name: string;
  readonly path: () => string;
  /** A text that is there once the page has its answers. */
  readonly holds: string;
  readonly heading: string;
}

const entryPath = ({ config_hash, source_hash }: FullScene['hit']): string =>
  `/ui/entries/${config_hash}/${source_hash}`;

const shown: readonly Shown[] = [
  { name: 'now', path: () => '/', holds: 'workers', heading: 'Now' },
  { name: 'jobs', path: () => '/ui/jobs', holds: 'broken-take.json', heading: 'Jobs' },
  {
    name: 'a failed job',
    path: () => `/ui/jobs/${scene.failed.job_id}`,
    holds: 'frame 118 is silent',
    heading: 'broken-take.json',
  },
  {
    name: 'a running job',
    path: () => `/ui/jobs/${scene.running.job_id}`,
    holds: '62 %',
    heading: 'album.json',
  },
  { name: 'tracks', path: () => '/ui/tracks', holds: 'chorus', heading: 'Tracks' },
  { name: 'a track', path: () => '/ui/tracks/verse', holds: 'bands[4]', heading: 'verse' },
  {
    name: 'an entry',
    path: () => entryPath(scene.hit),
    holds: 'notes.txt',
    heading: 'spectrum.json',
  },
  {
    name: 'neighbours',
    path: () => entryPath(scene.neighbours),
    holds: 'Distance',
    heading: 'historical_echo.json',
  },
  { name: 'cache', path: () => '/ui/cache', holds: 'new input', heading: 'Cache' },
  { name: 'keeping', path: () => '/ui/keeping', holds: 'Quarantine', heading: 'Keeping' },
  {
    name: 'an address of nothing',
    path: () => '/ui/x',
    holds: 'shows nothing',
    heading: 'Not found',
  },
];

describe.skipIf(!hasBrowser)('the pages, in a browser', () => {
  beforeAll(async () => {
    [browser, scene] = await Promise.all([launch(), fullScene()]);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  it.each(someOf(shown, 6, chooseSeed('pages')))(
    '$name: light and wide, dark and narrow',
    async ({ path, holds, heading }) => {
      const { page, said, elsewhere } = await watchedPage(browser, scene.url, {
        reducedMotion: 'reduce',
      });
      page.setDefaultTimeout(20_000);
      await page.goto(path());
      await page.getByText(holds, { exact: false }).first().waitFor({ state: 'attached' });
      await page.getByText('live', { exact: true }).waitFor();
      for (const [colorScheme, width] of [
        ['light', 1440],
        ['dark', 360],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await page.locator('h1').allTextContents()).toEqual([heading]);
        expect(await page.title()).toBe(`${heading} · cab`);
        expect(await page.locator('header.top nav, main').count()).toBe(2);
        // The other rules ask nothing of colours or widths.
        const rules =
          colorScheme === 'light' ? [] : ['color-contrast', 'scrollable-region-focusable'];
        expect(await seriousFindings(page, rules)).toEqual([]);
        expect(await overflow(page)).toBe(0);
        expect([...said, ...elsewhere]).toEqual([]);
      }
      await page.context().close();
    },
  );

  it('draws neighbours over the axes that the address names, around the song', async () => {
    const { page } = await watchedPage(browser, scene.url);
    await page.goto(`${entryPath(scene.neighbours)}?x=valence&y=loudness`);
    await page
      .getByRole('img', { name: /valence and loudness/ })
      .locator('canvas')
      .waitFor();
    const table = page.getByRole('table', { name: 'Neighbours, the nearest first' });
    expect(await table.locator('tbody tr').count()).toBe(40);
    await page.getByLabel('Up').selectOption('tempo');
    await page.getByRole('img', { name: /valence and tempo/ }).waitFor();
    expect(page.url()).toContain('y=tempo');
    await page.context().close();
  });

  it('puts two versions of a track side by side, first what they are made of', async () => {
    const { page } = await watchedPage(browser, scene.url);
    await page.goto('/ui/tracks/verse');
    const made = page.getByRole('table', { name: 'Manifests' });
    await made.waitFor();
    const row = (name: string) => made.locator('tr').filter({ hasText: name }).first();
    expect(await row('Input').textContent()).toContain('changed');
    expect(await row('Runner version').textContent()).toContain('same');
    const differences = page.getByRole('table', { name: 'Differences of the artifacts' });
    expect(await differences.locator('tr').filter({ hasText: 'gain' }).textContent()).toMatch(
      /changed-3-1\.5/,
    );
    const [oldest] = await page
      .getByRole('radio', { name: /Compare from/ })
      .all()
      .then((all) => all.slice(-1));
    await oldest?.check();
    await differences.locator('tr').filter({ hasText: 'bands[4]' }).waitFor();
    expect(page.url()).toContain('from=');
    await page.context().close();
  });
});
