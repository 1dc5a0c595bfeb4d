import type { JobDocument } from '../../src/core/model/job/job-document.ts';

/** A job as documents show it, done unless told otherwise. */
export const jobOf = (facts: Partial<JobDocument> = {}): JobDocument =>
  // The caller gives the facts of a state together.
  ({
    job_id: '0190a000-0000-7000-8000-000000000001',
    status: 'done',
    error: null,
    result: {
      artifact_path: '/root/a.json',
      manifest_path: '/root/manifest.json',
      etag: 'e'.repeat(64),
    },
    problem: null,
    cached: false,
    upstream: null,
    config_hash: 'conf',
    source_hash: 'source',
    track_id: 'demo',
    run_id: 'run-1',
    runner: 'historical-echo',
    kind: null,
    needs: [],
    features_path: '/songs/demo.json',
    priority: 0,
    force: false,
    attempts: 1,
    max_attempts: 3,
    timeout_s: null,
    submitted_at: '2026-01-01T00:00:00.000Z',
    started_at: '2026-01-01T00:00:01.000Z',
    finished_at: '2026-01-01T00:00:02.500Z',
    run_at: null,
    ...facts,
  }) as JobDocument;
