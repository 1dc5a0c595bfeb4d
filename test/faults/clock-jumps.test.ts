import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

const jumps = sizeOf('JUMPS', 8, 200);

/** Where Debian and its like, Fedora and Arch put it. */
const libfaketime = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
  '/usr/lib/faketime/libfaketimeMT.so.1',
].find((path) => existsSync(path));

/** Fails once, so that a retry waits; runs long enough that a lease must be renewed. */
const runner =
  'sh:if mkdir "$SEEN/$CAB_SOURCE_HASH" 2>/dev/null; then exit 3; fi; sleep 0.2; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

it.skipIf(libfaketime === undefined)(
  `jobs neither get lost nor wait while the wall clock jumps by hours (${jumps} times)`,
  { timeout: longTimeout },
  async () => {
    const random = seeded(chooseSeed('clock jumps'));
    const dir = await tempDir();
    const root = join(dir, 'tree');
    const clock = join(dir, 'clock');
    await writeFile(clock, '+0h');
    const env = {
      LD_PRELOAD: libfaketime ?? '',
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
      SEEN: dir,
    };
    const args = ['--runner', runner, '--lease', '1s', '--timeout', '20s', '--retries', '5'];
    const daemon = await daemonProcess({ root, args, env });
    const ids: string[] = [];
    const shownAt: string[] = [];
    for (let n = 0; n < jumps; n++) {
      const sent = await Promise.all(
        [0, 1, 2].map(async (part) => {
          const answer = await fetch(`${daemon.url}/echo/jobs`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ features: { n, part }, track_id: 'song' }),
          });
          return (await answer.json()) as JobDocument;
        }),
      );
      ids.push(...sent.map(({ job_id }) => job_id));
      shownAt.push(sent[0]?.submitted_at ?? '');
      await writeFile(clock, `${random() < 0.5 ? '-' : '+'}${1 + Math.floor(random() * 300)}h`);
      await cab(['status', '--cas-root', root], { env });
    }
    const allDone = async (): Promise<boolean> => {
      const answer = await fetch(`${daemon.url}/echo/jobs?limit=1000`);
      const { jobs } = (await answer.json()) as { jobs: JobDocument[] };
      return jobs.length === ids.length && jobs.every(({ status }) => status === 'done');
    };
    await until(allDone, longTimeout / 2);
    // The clock did jump, and the order of the ids is that of submission all the same.
    expect([...shownAt].sort()).not.toEqual(shownAt);
    const last = [...ids].sort().at(-1);
    expect(ids.slice(-3)).toContain(last);
    const { source_hash } = (await (
      await fetch(`${daemon.url}/echo/jobs/${last ?? ''}`)
    ).json()) as JobDocument;
    const pointer = await fetch(`${daemon.url}/echo/index/song.json`);
    expect(await pointer.json()).toMatchObject({ source_hash });
    expect(await daemon.end('SIGTERM')).toBe(0);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
  },
);
