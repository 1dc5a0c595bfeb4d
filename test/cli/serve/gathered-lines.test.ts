import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gatheredLines } from '../../../src/cli/serve/gathered-lines.ts';
import { bundle } from '../../helpers/bundle.ts';
import { until } from '../../helpers/until.ts';

describe('lines of a log', () => {
  it('that come together go out in one write, in their order', async () => {
    const writes: string[] = [];
    const log = gatheredLines({ write: (text) => writes.push(text) });
    for (const line of ['a\n', 'b\n', 'c\n']) log.write(line);
    expect(writes).toEqual([]);
    await until(() => writes.length > 0);
    expect(writes).toEqual(['a\nb\nc\n']);
  });

  it('do not pile up', () => {
    const writes: string[] = [];
    const log = gatheredLines({ write: (text) => writes.push(text) });
    for (let line = 0; line < 1000; line++) log.write('x'.repeat(1000));
    expect(writes.length).toBeGreaterThan(10);
  });

  it.each(['process.exit(3)', 'throw new Error("unforeseen")'])(
    'are not lost when the process ends by %s',
    async (end) => {
      const made = await bundle('src/cli/serve/gathered-lines.ts');
      onTestFinished(() => made.remove());
      const code = `import { gatheredLines } from ${JSON.stringify(made.path)};
        gatheredLines(process.stderr).write('the last word\\n'); ${end};`;
      const failure = await promisify(execFile)(process.execPath, [
        '--input-type=module',
        '-e',
        code,
      ]).catch((error: unknown) => error);
      expect(failure).toMatchObject({ stderr: expect.stringContaining('the last word') });
    },
  );
});
