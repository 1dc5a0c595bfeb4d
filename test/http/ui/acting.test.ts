import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { hasBrowser, launch, watchedPage } from './scene/browser.ts';
import { emptyScene, type Scene } from './scene/scene.ts';

let browser: Browser;
let scene: Scene;

const rowsOf = (page: Page) => page.getByRole('table', { name: 'Jobs' }).locator('tbody tr');
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');

describe.skipIf(!hasBrowser)('what a reader does, in a browser', () => {
  beforeAll(async () => {
    [browser, scene] = await Promise.all([launch(), emptyScene()]);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  it('says what to type where there is nothing yet, and shows a job as it comes', async () => {
    const { page, said } = await watchedPage(browser, scene.url);
    await page.goto('/ui/jobs');
    await page.getByText('cab submit song.features.json').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    const { job_id } = await scene.run('first.json', { log: ['hello'] }, { track_id: 'first' });
    await page.getByRole('link', { name: 'first.json' }).waitFor();
    await page.goto(`/ui/jobs/${job_id}`);
    await page.getByText('hello').waitFor();
    expect(said).toEqual([]);
    await page.context().close();
  });

  it('is led by the keyboard alone', async () => {
    await scene.run('piano.json', { files: { 'piano.json': '{"keys":{"black":36,"white":52}}' } });
    const { page, said } = await watchedPage(browser, scene.url);
    await page.goto('/');
    await page.getByText('Workers').waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Jobs');
    await page.keyboard.press('Enter');
    await rowsOf(page).first().waitFor();
    expect(await focused(page)).toBe('Jobs');
    await page.keyboard.press('/');
    await page.keyboard.type('piano');
    await page.waitForURL(/q=piano/);
    await until(async () => (await rowsOf(page).count()) === 1);
    await page.getByRole('link', { name: 'piano.json' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'piano.json' }).waitFor();
    expect(await focused(page)).toBe('piano.json');
    await page.getByRole('link', { name: 'Open the entry' }).focus();
    await page.keyboard.press('Enter');
    const tree = page.getByRole('tree');
    await tree.focus();
    const active = () =>
      page.evaluate<string>(
        `document.getElementById(document.querySelector('[role=tree]').getAttribute('aria-activedescendant')).textContent`,
      );
    await page.keyboard.press('ArrowDown');
    await until(async () => /keys/.test(await active()));
    await page.keyboard.press('ArrowLeft');
    expect(await tree.getByRole('treeitem').count()).toBe(2);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await until(async () => /black: ?36/.test(await active()));
    await page.goBack();
    await page.getByRole('heading', { name: 'Time line' }).waitFor();
    await page.goBack();
    await page.waitForURL(/q=piano/);
    expect(await page.getByLabel('Find').inputValue()).toBe('piano');
    expect(said).toEqual([]);
    await page.context().close();
  });

  it('cancels one job, and many after they were counted', async () => {
    const jobs = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => scene.submit(`stay-${name}.json`, { stays: true, name })),
    );
    const { page } = await watchedPage(browser, scene.url);
    await page.goto(`/ui/jobs/${jobs[0]?.job_id ?? ''}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.heading .state.canceled').waitFor();
    await page.goto('/ui/jobs?q=stay-');
    await rowsOf(page).first().waitFor();
    await page.getByRole('button', { name: 'Cancel all…' }).click();
    await page.getByText('3 waiting or running jobs fit the filters.').waitFor();
    await page.getByRole('button', { name: 'Cancel 3 jobs' }).click();
    await page.getByText('3 jobs canceled.').waitFor();
    await page.keyboard.press('Escape');
    await until(async () => (await rowsOf(page).filter({ hasText: 'canceled' }).count()) === 4);
    await page.context().close();
  });

  it('pauses the queue and lets it go on', async () => {
    const { page } = await watchedPage(browser, scene.url);
    await page.goto('/');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: running jobs go on').waitFor();
    const { job_id } = await scene.submit('late.json', {}, { track_id: 'late' });
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await until(async () => {
      const job: unknown = await (await fetch(`${scene.url}/echo/jobs/${job_id}`)).json();
      return JSON.stringify(job).includes('"status":"done"');
    });
    await page.context().close();
  });

  it('keeps a filter in the address, and what fits in the list', async () => {
    await scene.run('fails.json', { fail: 'on purpose' });
    const { page } = await watchedPage(browser, scene.url);
    await page.goto('/ui/jobs?status=error');
    await page.getByText('fails.json').waitFor();
    expect(await rowsOf(page).count()).toBe(1);
    await page.getByRole('link', { name: /^done/ }).click();
    await page.waitForURL(/status=done/);
    await page.getByRole('link', { name: 'first.json' }).waitFor();
    expect(await rowsOf(page).filter({ hasText: 'failed' }).count()).toBe(0);
    await page.goBack();
    await page.getByText('fails.json').waitFor();
    await page.context().close();
  });
});

describe.skipIf(!hasBrowser)('with tokens', () => {
  it('asks once for the tab, and shows no buttons to one that may only read', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'read reading\nwriting\n');
    const [own, guarded] = await Promise.all([
      launch(),
      emptyScene(['--token-file', file], 'writing'),
    ]);
    const { page } = await watchedPage(own, guarded.url);
    const give = async (token: string): Promise<void> => {
      await page.getByLabel('Token').fill(token);
      await page.keyboard.press('Enter');
    };
    await page.goto('/');
    await give('wrong');
    await page.getByText('does not know this token').waitFor();
    await give('reading');
    await page.getByText('Workers').waitFor();
    await page.getByText('read only').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    await page.reload();
    await page.getByText('Workers').waitFor();
    await page.getByRole('button', { name: 'Forget token' }).click();
    await give('writing');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    const other = await page.context().newPage();
    await other.goto('/');
    await other.getByLabel('Token').waitFor();
    await Promise.all([own.close(), guarded.close()]);
  });
});
