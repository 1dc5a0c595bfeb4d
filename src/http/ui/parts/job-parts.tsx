import { links } from '../app/place.ts';

export const TrackLink = ({ track }: { track: string | null }) =>
  track === null ? (
    <span class="quiet">–</span>
  ) : (
    <a class="cut" href={links.track(track)} title={track}>
      {track}
    </a>
  );

/** A runner by the end of its spec: a program's path is long, and its name is at the end. */
export function RunnerName({ runner }: { runner: string }) {
  return (
    <span class="cut" title={runner}>
      {shortRunner(runner)}
    </span>
  );
}

export function shortRunner(runner: string): string {
  const [, scheme = '', rest = runner] =
    /^((?:exec|sh|module|python|object):)?(.*)$/s.exec(runner) ?? [];
  if (scheme === 'sh:' || scheme === 'exec:') return rest;
  return rest
    .split('/')
    .slice(-2)
    .join('/')
    .replace(/^.*?([^/]+)$/, '$1');
}
