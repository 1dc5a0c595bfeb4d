import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { place } from '../app/place.ts';

interface HeadingProps {
  /** Of the window too. */
  readonly title: string;
  /** What stands under it, in one line. */
  readonly under?: ComponentChildren;
  /** What can be done on this page. */
  readonly children?: ComponentChildren;
  /** Shown in place of the title, if it is more than text. */
  readonly shown?: ComponentChildren;
}

/** The page whose heading was focused last. The first page that is loaded leaves the focus to the browser. */
let focused = place.peek().path;

/** The heading of a page. It gets the focus when the page opens, so that a screen reader reads it. */
export function Heading({ title, under, children, shown }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · cab`;
  }, [title]);
  useEffect(() => {
    const { path } = place.peek();
    if (path === focused) return;
    focused = path;
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header class="heading">
      <div class="heading-text">
        <h1 ref={heading} tabIndex={-1}>
          {shown ?? title}
        </h1>
        {under !== undefined && <div class="under">{under}</div>}
      </div>
      {children !== undefined && <div class="actions">{children}</div>}
    </header>
  );
}
