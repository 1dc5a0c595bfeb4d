import type { ComponentChildren } from 'preact';

/** What stands where there is nothing yet: why, and what to type in a shell. */
export function Empty({ children, command }: { children: ComponentChildren; command?: string }) {
  return (
    <div class="empty">
      <p>{children}</p>
      {command !== undefined && (
        <pre tabIndex={0} aria-label="Command">
          <span class="prompt" aria-hidden="true">
            ${' '}
          </span>
          {command}
        </pre>
      )}
    </div>
  );
}
