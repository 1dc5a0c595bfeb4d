import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { runPage, stepsOf, updated, type Step } from './helpers/docs-page.ts';
import { installed } from './helpers/installed.ts';

const root = join(import.meta.dirname, '..');

const rooms = 'bin|cli|commands|compose|core|daemon|http|runners|stores|support|watch';

/** Paths of sources and tests that a page names, `a/{b,c}.ts` as two. Those of sources may begin with their room. */
function named(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const path = new RegExp(`\\b((?:(?:src|test)/)?(?:${rooms})\\b[\\w./{},-]*\\.ts)\\b`, 'g');
  return [...text.matchAll(path)].flatMap(([, found = '']) => {
    const whole = /^(?:src|test)\//.test(found) ? found : `src/${found}`;
    const [, before = '', choice, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(whole) ?? [];
    return choice === undefined ? [whole] : choice.split(',').map((each) => before + each + after);
  });
}

it.each(['docs/explanation/architecture.md', 'docs/explanation/reliability.md', 'CONTRIBUTING.md'])(
  '%s names files that are there',
  (page) => {
    const missing = named(page).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  },
);

const pages = globSync(['*.md', '{action,bench,clients,docs,examples}/**/*.md'], {
  cwd: root,
  ignore: '**/node_modules/**',
});

/** The anchors of a page, as GitHub makes them of its headings. */
const anchors = (page: string): string[] =>
  [...withoutCode(readFileSync(join(root, page), 'utf8')).matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
  );

const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, '');

it.each(pages)('%s links to pages and headings that exist', (page) => {
  const links = [
    ...withoutCode(readFileSync(join(root, page), 'utf8')).matchAll(/\]\(([^)\s]+)\)/g),
  ];
  const broken = links
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    });
  expect(broken).toEqual([]);
});

it('the map of the documentation names every page', () => {
  const map = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const missing = globSync(['**/*.md'], { cwd: join(root, 'docs') })
    .filter((page) => page !== 'README.md' && !/^adr\/\d/.test(page))
    .filter((page) => !map.includes(`(${page})`));
  expect(missing).toEqual([]);
});

/** Pages whose shell blocks are run. Those of `cli.md` are the examples of the help, which name no real files. */
const runnable = globSync(['README.md', 'docs/**/*.md', 'action/*.md'], {
  cwd: root,
  ignore: ['docs/adr/**', 'docs/reference/cli.md'],
}).filter((page) => stepsOf(readFileSync(join(root, page), 'utf8')).length > 0);

describe.concurrent('what pages show is what happens', () => {
  it.for(runnable)(
    'in %s',
    // Many short processes: on a busy machine each waits for its turn.
    { timeout: 300_000 },
    async (page, { skip }) => {
      const path = join(root, page);
      const text = readFileSync(path, 'utf8');
      const steps = stepsOf(text);
      expect(steps.filter(({ kind, about }) => kind === 'skipped' && about === '')).toEqual([]);
      const isMissing = ({ kind, about }: Step) =>
        kind === 'needs' && installed(about) === undefined;
      skip(steps.some(isMissing), 'a program that the page needs is not installed');
      const wrong = await runPage(steps);
      // CAB_DOCS_UPDATE=1 writes what the commands print now into the pages.
      if (process.env['CAB_DOCS_UPDATE'] !== undefined) writeFileSync(path, updated(text, wrong));
      expect(
        wrong.map(({ step, output }) => `${page}:${String(step.line)} ${step.text}\n${output}`),
      ).toEqual([]);
    },
  );
});

const sources = globSync(
  [
    '{src,scripts,bench,test,examples,action,clients}/**/*.{ts,js,mjs,py,yml,service,sh}',
    '*.md',
    '*.cjs',
  ],
  { cwd: root, ignore: '**/node_modules/**' },
);

it('pages that sources name exist', () => {
  const missing = sources.flatMap((source) =>
    [...readFileSync(join(root, source), 'utf8').matchAll(/\bdocs\/[\w/-]+\.(?:md|svg)\b/g)]
      .map(([path]) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${source}: ${path}`),
  );
  expect(missing).toEqual([]);
});

it('the life of a job passes at most 70 files that decide something, none of them twice', () => {
  const text = readFileSync(join(root, 'docs/explanation/architecture.md'), 'utf8');
  const [, list = ''] = /where it first decides something:\n\n```\n([^]*?)```/.exec(text) ?? [];
  const files = [...list.matchAll(/([\w/-]+\/)?(?:\{([\w,-]+)\}|([\w-]+))\.ts/g)].flatMap(
    ([, folder = '', several, one]) =>
      (several ?? one ?? '').split(',').map((name) => folder + name),
  );
  expect(new Set(files).size).toBe(files.length);
  expect(files.length).toBeLessThanOrEqual(70);
  expect(files.length).toBeGreaterThan(40);
});
