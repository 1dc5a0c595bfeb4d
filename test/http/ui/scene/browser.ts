/** The system's Chromium, and pages in it that note everything they say and everything they ask for. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const program = '/usr/bin/chromium';

/** Why the tests with a browser are skipped here; undefined if they are not. */
export const hasBrowser = existsSync(program);

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export interface Watched {
  readonly page: Page;
  /** Messages of the console, and errors that nobody caught. */
  readonly said: string[];
  /** Requests to another origin than the daemon's. */
  readonly elsewhere: string[];
}

export async function watchedPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ baseURL: url, ...options });
  const page = await context.newPage();
  const [said, elsewhere]: [string[], string[]] = [[], []];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('dialog', (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== 'blob:' && asked.origin !== url) elsewhere.push(request.url());
  });
  return { page, said, elsewhere };
}
