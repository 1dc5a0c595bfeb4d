import { setFlagsFromString } from 'node:v8';

/**
 * Turns off the background optimisation of WebAssembly, with which the HTTP client parses. A process does not end
 * before that optimisation has, and a short command would wait a third of its time for it. The plain code is fast
 * enough: it parses headers, not bodies. Call this before the client is loaded.
 */
export function compileWebAssemblyLightly(): void {
  // A V8 that does not know the flag would print a warning on stderr.
  if (Number.parseInt(process.versions.v8) <= lastKnownV8) setFlagsFromString('--liftoff-only');
}

/** The V8 of Node 24. */
const lastKnownV8 = 13;
