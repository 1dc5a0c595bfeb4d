import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

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

it.each(['docs/architecture.md', 'docs/reliability.md', 'CONTRIBUTING.md'])(
  '%s names files that are there',
  (page) => {
    const missing = named(page).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  },
);

it('the life of a job passes at most 70 files that decide something, none of them twice', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const [, list = ''] = /each where it first has a say:\n\n```\n([^]*?)```/.exec(text) ?? [];
  const files = [...list.matchAll(/([\w/-]+\/)?(?:\{([\w,-]+)\}|([\w-]+))\.ts/g)].flatMap(
    ([, folder = '', several, one]) =>
      (several ?? one ?? '').split(',').map((name) => folder + name),
  );
  expect(new Set(files).size).toBe(files.length);
  expect(files.length).toBeLessThanOrEqual(70);
  expect(files.length).toBeGreaterThan(40);
});
