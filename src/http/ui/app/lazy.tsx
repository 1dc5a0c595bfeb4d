import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';

/** A component that is loaded when it is first shown. */
export function lazy<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
): FunctionComponent<P> {
  const loaded = signal<FunctionComponent<P> | null>(null);
  const isFailed = signal(false);
  let isAsked = false;
  return function Lazy(props: P) {
    if (!isAsked) {
      isAsked = true;
      load().then(
        (component) => (loaded.value = component),
        () => (isFailed.value = true),
      );
    }
    const Component = loaded.value;
    if (Component !== null) return <Component {...props} />;
    if (!isFailed.value) return null;
    return (
      <p class="problem" role="alert">
        A part of this page is not there: the daemon is gone, or was replaced.{' '}
        <a href={location.href} target="_self">
          Load the page again
        </a>
      </p>
    );
  };
}
