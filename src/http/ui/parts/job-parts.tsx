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

/** Without the folder that a spec begins with, and of a program or a module its file. */
export function shortRunner(runner: string): string {
  const spec = runner.replace(/^@\S+ /, '');
  const command = /^(?:sh|exec):(.*)$/s.exec(spec)?.[1];
  const [first = '', ...rest] = (command ?? spec).split(' ');
  return [first.replace(/^.*\/(?=[^/]+$)/, ''), ...rest].join(' ');
}
