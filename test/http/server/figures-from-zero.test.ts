import { expect, it } from 'vitest';
import { codesOf } from '../../../src/core/model/errors.ts';
import type { GcReport } from '../../../src/core/model/report/gc-report.ts';
import { served, type Served } from '../../helpers/served.ts';

const figures = async ({ get }: Served): Promise<string> => (await get('/metrics')).text();

it('counters stand at 0 before anything happened', async () => {
  const text = await figures(await served({ runner: 'object:scripted' }));
  for (const code of codesOf('integrity'))
    expect(text).toContain(`cab_verification_failures_total{code="${code}"} 0\n`);
  for (const state of ['done', 'error', 'canceled'])
    expect(text).toContain(`cab_jobs_ended_total{state="${state}",runner="object:scripted"} 0\n`);
  for (const outcome of ['whole', 'range', 'not_modified'])
    expect(text).toContain(`cab_files_served_total{outcome="${outcome}"} 0\n`);
  for (const outcome of ['done', 'failed'])
    expect(text).toContain(`cab_gc_runs_total{outcome="${outcome}"} 0\n`);
  expect(text).toContain(
    'cab_http_requests_total{method="POST",route="/echo/jobs",status="429"} 0\n',
  );
});

it('what collections and checks found is told', async () => {
  let tell: (report: GcReport | undefined) => void = () => undefined;
  const daemon = await served({
    collections: { onEnd: (listener) => (tell = listener) },
    lastCheck: async () => ({
      ended_at: '2026-01-02T00:00:00.000Z',
      counts: { corrupt: 2 },
      report: null,
    }),
  });
  tell({
    entries: { removed: 3, removed_bytes: 30, failed: 1 },
    unreadable: [{ file: 'echo/index/a.json', error: 'no JSON' }],
  } as unknown as GcReport);
  const text = await figures(daemon);
  expect(text).toContain('cab_gc_failed_entries_total 1\n');
  expect(text).toContain('cab_gc_unreadable_pointers 1\n');
  expect(text).toContain('cab_verify_findings{class="corrupt"} 2\n');
  expect(text).toContain('cab_verify_findings{class="missing"} 0\n');
  expect(text).toContain(
    `cab_verify_last_run_timestamp_seconds ${Date.parse('2026-01-02T00:00:00.000Z') / 1000}\n`,
  );
});
