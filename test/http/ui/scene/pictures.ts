/** Takes the pictures of docs/how-to/look-at-the-page.md: `npm run pictures`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { launch, watchedPage } from './browser.ts';
import { fullScene, type FullScene } from './scene.ts';

const folder = join(import.meta.dirname, '../../../../docs/pictures');

interface Picture {
  readonly name: string;
  readonly path: (scene: FullScene) => string;
  /** What is there once the page has its answers. */
  readonly holds: string;
  readonly scheme?: 'light' | 'dark';
  readonly size?: readonly [width: number, height: number];
  readonly prepare?: (page: Page, scene: FullScene) => Promise<void>;
}

const entryOf = ({ config_hash, source_hash }: FullScene['hit']): string =>
  `/ui/entries/${config_hash}/${source_hash}`;

/** So that there is something to draw: jobs that are hits come and end at once. */
async function comeAndGo(_page: Page, scene: FullScene): Promise<void> {
  for (const jobs of [1, 3, 2, 5, 4]) {
    for (let n = 0; n < jobs; n += 1) await scene.again();
    await pause(5000);
  }
}

const pictures: readonly Picture[] = [
  {
    name: 'jobs',
    path: () => '/ui/jobs',
    holds: 'broken-take.json',
    scheme: 'dark',
    size: [1280, 680],
  },
  { name: 'job', path: ({ failed }) => `/ui/jobs/${failed.job_id}`, holds: 'Why it was a miss' },
  { name: 'track', path: () => '/ui/tracks/verse', holds: 'What came out', size: [1280, 940] },
  {
    name: 'entry',
    path: ({ neighbours }) => entryOf(neighbours),
    holds: 'Distance',
    size: [1280, 900],
  },
  { name: 'cache', path: () => '/ui/cache', holds: 'new input', scheme: 'dark', size: [1280, 640] },
  {
    name: 'keeping',
    path: () => '/ui/keeping',
    holds: 'Quarantine',
    size: [1280, 480],
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Look' }).click();
      await page.getByText('would stay').waitFor();
    },
  },
  { name: 'narrow', path: () => '/', holds: 'Workers', size: [360, 780] },
  // The last, because it hands in jobs.
  { name: 'now', path: () => '/', holds: 'Workers', prepare: comeAndGo },
];

it('takes the pictures', async () => {
  await mkdir(folder, { recursive: true });
  const [browser, scene] = await Promise.all([launch(), fullScene()]);
  for (const { name, path, holds, scheme = 'light', size = [1280, 800], prepare } of pictures) {
    const [width, height] = size;
    const { page } = await watchedPage(browser, scene.url, {
      ...{ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' },
    });
    await page.goto(path(scene));
    await page.getByText(holds).first().waitFor();
    await page.waitForLoadState('load');
    await prepare?.(page, scene);
    // Drawings come a frame after their figures.
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
  }
  await browser.close();
  await scene.close();
});
