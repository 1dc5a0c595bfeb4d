import { trackOf } from '../../core/model/track-pattern.ts';
import type { SubmitRequest } from '../../core/model/submit-request.ts';
import type { Config } from '../settings/config.ts';
import { job } from '../settings/flags.ts';
import type { Input } from './inputs.ts';

/** What the flags of `cab submit` come to for one input. */
export function submitRequest(input: Input, settings: Config): SubmitRequest {
  const track = settings.get(job.track);
  const request: SubmitRequest = {
    ...sharedRequest(settings),
    run_id: settings.get(job.run_id),
    config_hash: settings.get(job.config_hash),
    force: settings.get(job.force),
  };
  if ('sent' in input) {
    const { sent } = input;
    const features = 'text' in sent ? { features_text: sent.text } : { features_bytes: sent.bytes };
    return { ...request, ...features, track_id: track };
  }
  return {
    ...request,
    features_path: input.path,
    track_id: track === undefined ? undefined : trackOf(track, input.path),
  };
}

/** What holds for many inputs as well as for one. */
export function sharedRequest(settings: Config) {
  const timeout = settings.get(job.timeout);
  return {
    db_path: settings.get(job.db),
    db_hash: settings.get(job.db_hash),
    probe: settings.get(job.probe),
    runner_kwargs: settings.get(job.runner_arg),
    priority: settings.get(job.priority),
    max_attempts: settings.get(job.retries) + 1,
    timeout_s: timeout === undefined ? undefined : timeout / 1000,
  } satisfies SubmitRequest;
}
