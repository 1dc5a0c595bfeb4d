import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

/** A component that is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const loaded = signal<ComponentType<P> | null>(null);
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
        A part of this page could not be loaded: the daemon is gone, or another version has taken
        its place.{' '}
        <a href={location.href} target="_self">
          Load the page again
        </a>
      </p>
    );
  };
}
