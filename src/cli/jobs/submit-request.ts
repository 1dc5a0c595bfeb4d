import { CabError } from '../../core/model/errors.ts';
import { trackOf } from '../../core/model/entry/track-pattern.ts';
import type { SubmitRequest } from '../../core/model/job/submit-request.ts';
import type { Config } from '../settings/config.ts';
import { job } from '../settings/flags.ts';
import type { Input } from './inputs.ts';

/**
 * The track, or the pattern of tracks, that was asked for; null for none, undefined where nobody says. A flag wins over what
 * the environment or a file says of the other.
 */
export function wantedTrack(settings: Config): string | null | undefined {
  const track = settings.get(job.track);
  if (!settings.get(job.no_track)) return track;
  const [named, none] = [settings.source(job.track), settings.source(job.no_track)];
  if (track === undefined || named !== '--track') return null;
  if (none !== '--no-track') return track;
  throw new CabError('usage', '--track and --no-track are two things: ask for one');
}

/** What the flags of `cab submit` come to for one input. */
export function submitRequest(input: Input, settings: Config): SubmitRequest {
  const wanted = wantedTrack(settings);
  const track = wanted ?? undefined;
  const request: SubmitRequest = {
    ...sharedRequest(settings),
    run_id: settings.get(job.run_id),
    config_hash: settings.get(job.config_hash),
    force: settings.get(job.force),
    ...(wanted === null && { untracked: true }),
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
