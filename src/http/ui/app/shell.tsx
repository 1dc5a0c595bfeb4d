/** The frame of all pages: where to go, whether the page is live, and the page itself. */
import { place, links } from './place.ts';
import { Routed, type Routes } from './pages.tsx';
import { TokenForm } from './token-form.tsx';
import { connection } from '../data/events.ts';
import { forgetToken, needsToken, role, token } from '../data/session.ts';

const doors = [
  ['Now', links.now, /^\/(ui\/?)?$/],
  ['Jobs', links.jobs, /^\/ui\/jobs/],
  ['Tracks', links.tracks, /^\/ui\/(tracks|entries)/],
  ['Cache', links.cache, /^\/ui\/cache/],
  ['Keeping', links.keeping, /^\/ui\/keeping/],
] as const;

export function Shell({ routes }: { routes: Routes }) {
  const { path } = place.value;
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={links.now} aria-label="cab, what happens now">
          <Mark />
          cab
        </a>
        <nav aria-label="Pages">
          {doors.map(([name, href, shown]) => (
            <a key={name} href={href} aria-current={shown.test(path) ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="top-end">
          {role.value === 'read' && <span class="quiet">read only</span>}
          {token.value !== null && (
            <button type="button" class="plain" onClick={forgetToken}>
              Forget token
            </button>
          )}
          <Connection />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {needsToken.value ? <TokenForm /> : <Routed path={path} routes={routes} />}
      </main>
    </>
  );
}

function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

const words = { connecting: 'connecting', live: 'live', lost: 'no connection' } as const;

function Connection() {
  const state = connection.value;
  return (
    <span class={`connection ${state}`} role="status">
      <i class="dot" aria-hidden="true" />
      {words[state]}
    </span>
  );
}

const Mark = () => (
  <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
    <rect class="mark-ground" x="0" y="0" width="16" height="16" rx="4" />
    <path class="mark-line" d="M11 5.9A3.6 3.6 0 1 0 11 10.1" />
  </svg>
);
