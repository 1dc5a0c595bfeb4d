import { join } from 'node:path';
import { format } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { showHelp } from '../../../src/cli/help/show-help.ts';
import { commandTable } from '../../../src/commands/index.ts';
import { helpPage } from '../../helpers/help-page.ts';

const checkout = join(import.meta.dirname, '../../..');

afterEach(() => vi.restoreAllMocks());

it.each([...commandTable.keys()])('%s --help ends with exit codes and examples', async (id) => {
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...texts) => void said.push(format(...texts)));
  expect(await showHelp(id.split(' '), checkout, commandTable)).toBe(0);
  vi.restoreAllMocks();
  expect(said.join('')).toMatch(helpPage);
});
