import { declaredVariable } from '../../core/model/command/declared-variable.ts';
import { CabError } from '../../core/model/errors.ts';
import { trackOf } from '../../core/model/entry/track-pattern.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import type { Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { job } from '../settings/flags.ts';
import type { Setting } from '../settings/setting.ts';
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

/** Makes the request of one input from the flags of `cab submit`. `input` is undefined for a kind of job without a file. */
export function submitRequest(
  input: Input | undefined,
  settings: Config,
  services: Pick<Services, 'cwd' | 'env'>,
): SubmitRequest {
  const wanted = wantedTrack(settings);
  const track = wanted ?? undefined;
  const request: SubmitRequest = {
    ...sharedRequest(settings, services),
    run_id: settings.get(job.run_id),
    config_hash: settings.get(job.config_hash),
    force: settings.get(job.force),
    ...(wanted === null && { untracked: true }),
  };
  if (input === undefined) return { ...request, track_id: track };
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
export function sharedRequest(settings: Config, { cwd, env }: Pick<Services, 'cwd' | 'env'>) {
  const kind = settings.get(job.job);
  // A kind has values of its own, which yield to a flag of this call alone.
  const said = <T>(setting: Setting<T>): T | undefined =>
    kind === undefined || settings.source(setting).startsWith('--')
      ? settings.get(setting)
      : undefined;
  const timeout = said(job.timeout);
  const retries = said(job.retries);
  const inputs = settings.get(job.input);
  const needs = said(job.needs);
  return {
    ...(kind !== undefined && { job: kind }),
    ...(inputs.length > 0 && { inputs: [...inputs], inputs_base: cwd }),
    ...variables(settings, kind, env),
    db_path: said(job.db),
    db_hash: said(job.db_hash),
    probe: said(job.probe),
    runner_kwargs: said(job.runner_arg),
    priority: said(job.priority),
    ...(needs !== undefined && needs.length > 0 && { needs: [...needs] }),
    max_attempts: retries === undefined ? undefined : retries + 1,
    timeout_s: timeout === undefined ? undefined : timeout / 1000,
  } satisfies SubmitRequest;
}

/** The variables of the flags, and those that the kind declares, as they are here: a daemon has others. @throws CabError usage */
function variables(
  settings: Config,
  kind: string | undefined,
  own: Services['env'],
): Pick<SubmitRequest, 'env'> {
  const ofKind = kind === undefined ? [] : (settings.recipes.get(kind)?.env ?? []);
  const declared = [...ofKind.filter((text) => !text.includes('=')), ...settings.get(job.env)];
  if (declared.length === 0) return {};
  const variables = declared.map(declaredVariable);
  return {
    env: Object.fromEntries(variables.map(([name, value]) => [name, value ?? own[name] ?? null])),
  };
}
