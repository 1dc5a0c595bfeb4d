/** `--allow-root` holds at each door by which a path can come in. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { daemonProcess } from '../../helpers/daemon-process.ts';
import { served, type Served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

let inside: string;
let outside: string;
beforeEach(async () => {
  const dir = await tempDir();
  [inside, outside] = [join(dir, 'inside'), join(dir, 'outside')];
  for (const place of [inside, outside]) {
    await mkdir(place);
    await writeFile(join(place, 'a.features.json'), JSON.stringify(place));
  }
  await symlink(join(outside, 'a.features.json'), join(inside, 'out.features.json'));
});

async function codeOf(answer: Response): Promise<string> {
  const body = (await answer.json()) as { error?: string | null };
  return answer.ok ? 'taken' : (body.error ?? '');
}

/** The id of a job that failed, taken in by whoever may name any path. */
async function failed(
  { broker, runner }: Served,
  request: Parameters<Served['broker']['submit']>[0],
): Promise<string> {
  runner.behave = () => Promise.reject(new Error('no luck'));
  const { job_id } = await broker.submit(request);
  expect(await broker.wait(job_id)).toMatchObject({ status: 'error' });
  return job_id;
}

describe('paths that lead out of the allowed directories', () => {
  it.each(['/echo/jobs', '/echo/explain'])('are refused at POST %s', async (door) => {
    const { post } = await served({ allowRoots: [inside] });
    const file = join(inside, 'a.features.json');
    expect(await codeOf(await post(door, { features_path: file }))).toBe('taken');
    for (const path of [join(inside, 'out.features.json'), join(outside, 'a.features.json')]) {
      expect(await codeOf(await post(door, { features_path: path }))).toBe('path_refused');
      for (const db_hash of [undefined, 'given'])
        expect(await codeOf(await post(door, { features: {}, db_path: path, db_hash }))).toBe(
          'path_refused',
        );
    }
  });

  it('are refused when a job is tried again that was taken in by another door', async () => {
    const daemon = await served({ allowRoots: [inside] });
    const retry = async (id: string) => codeOf(await daemon.post(`/echo/jobs/${id}/retry`, ''));
    const [fine, foreign] = [inside, outside].map((dir) => join(dir, 'a.features.json'));
    expect(await retry(await failed(daemon, { features_path: fine ?? '' }))).toBe('taken');
    expect(await retry(await failed(daemon, { features_path: foreign ?? '' }))).toBe(
      'path_refused',
    );
    const byDatabase = await failed(daemon, { features_text: '{}', db_path: foreign ?? '' });
    expect(await retry(byDatabase)).toBe('path_refused');
  });

  it('may be those of the broker itself: its database, an input that was sent to it', async () => {
    const database = join(outside, 'a.features.json');
    const daemon = await served({ allowRoots: [inside] }, { database });
    const retry = async (id: string) => codeOf(await daemon.post(`/echo/jobs/${id}/retry`, ''));
    const large = JSON.stringify('x'.repeat(1 << 17));
    for (const features_text of ['{}', large])
      expect(await retry(await failed(daemon, { features_text }))).toBe('taken');
  });
});

describe('cab serve --watch with --allow-root', () => {
  const serve = async (folder: string) => {
    const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
    const args = ['--runner', runner, '--watch', folder, '--allow-root', inside];
    return daemonProcess({ root: join(await tempDir(), 'root'), args });
  };

  it('submits what lies in an allowed folder', async () => {
    const { url } = await serve(inside);
    await until(async () => (await fetch(`${url}/echo/index/a.features.json`)).ok);
  });

  it('refuses to start where the folder lies outside', async () => {
    await expect(serve(outside)).rejects.toThrow('lies outside of what --allow-root names');
  });
});
