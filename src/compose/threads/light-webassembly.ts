import { setFlagsFromString } from 'node:v8';

/**
 * The HTTP client parses with WebAssembly, which V8 goes on to optimise in the background; no process ends before
 * that has, and a command that asks one thing waits a third of its time for it. The plain code is fast enough: it
 * sees headers, not bodies. To be called before the client is loaded.
 */
export function compileWebAssemblyLightly(): void {
  // A V8 that no longer knows the flag would say so on stderr.
  if (Number.parseInt(process.versions.v8) <= lastKnownV8) setFlagsFromString('--liftoff-only');
}

/** Of Node 24. */
const lastKnownV8 = 13;
