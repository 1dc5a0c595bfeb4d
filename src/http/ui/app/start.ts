/** Asks the daemon who the caller is, and follows its events. */
import { effect } from '@preact/signals';
import { followEvents } from '../data/events.ts';
import { getQueue } from '../data/queue.ts';
import { needsToken, token } from '../data/session.ts';

/** With another token everything is asked again. */
export const startAsking = (): void =>
  void effect(() => {
    // Read here, so that this runs again when it changes.
    const isAsked = needsToken.value || token.value === '';
    if (isAsked) return undefined;
    const abort = new AbortController();
    void followEvents(abort.signal);
    // A refusal is told by the page that needs the answer.
    getQueue({ signal: abort.signal }).catch(() => undefined);
    return () => abort.abort();
  });
