import { now } from '../app/clock.ts';
import { age, duration, moment } from '../format/format.ts';

/** How long ago something was, and on pointing at it when. */
export function Ago({ at, suffix = true }: { at: string | null | undefined; suffix?: boolean }) {
  if (at == null) return <span class="quiet">–</span>;
  const text = age(now.value - Date.parse(at));
  return (
    <time dateTime={at} title={moment(at)}>
      {text}
      {suffix && text !== 'now' && ' ago'}
    </time>
  );
}

export const Moment = ({ at }: { at: string | null }) =>
  at === null ? <span class="quiet">–</span> : <time dateTime={at}>{moment(at)}</time>;

/** From one time to another, or until now. */
export function Took({ from, to }: { from: string | null; to: string | null }) {
  if (from === null) return <span class="quiet">–</span>;
  return <>{duration((to === null ? now.value : Date.parse(to)) - Date.parse(from))}</>;
}
