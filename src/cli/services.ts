/** Everything outside that a command uses, so that tests can run commands in their own process. */
import type { Readable, Writable } from 'node:stream';
import { exactText } from '../core/model/json/exact-json.ts';
import type { Place } from './completion/candidate.ts';
import type { Style } from './terminal/style.ts';
import { visibleJson, visiblePainted } from './terminal/visible.ts';
import type { BrokerOptions, OpenedBroker } from '../compose/open-broker.ts';

/** The package that was started. */
export interface Package {
  /** Directory of package.json. */
  readonly root: string;
  readonly version: string;
}

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Services {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Directory of the package that runs. */
  readonly packageRoot: string;
  readonly openBroker: (options: BrokerOptions) => Promise<OpenedBroker>;
  /** What may stand after these words of the command line; the last is being written. */
  readonly placeOf: (words: readonly string[]) => Promise<Place>;
  /**
   * From the first call on, Ctrl-C aborts this signal instead of ending the process, so that open resources
   * can be closed. A second Ctrl-C ends the process at once.
   */
  readonly interruption: () => AbortSignal;
  /** Only errors are printed for people. */
  readonly isQuiet?: boolean;
}

/** The same services with the output mode of a command. Streams are still created on first use. */
export const spokenIn = (
  services: Services,
  { isQuiet, hasColour }: { readonly isQuiet: boolean; readonly hasColour: boolean },
): Services =>
  Object.create(services, {
    isQuiet: { value: isQuiet },
    ...(!hasColour && { env: { value: { ...services.env, NO_COLOR: '1' } } }),
  }) as Services;

/** Colour and width apply to terminals. Other outputs get plain lines of any length. */
export function styleOf(stream: OutputStream, env: Services['env']): Style {
  const terminal = stream.isTTY === true;
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    colour: terminal && !plain,
    // A terminal of unknown size reports 0.
    width: terminal ? stream.columns || 80 : Infinity,
    now: Date.now(),
  };
}

/** Text for people. On a terminal, control characters from outside are made visible. */
export const shownOn = (stream: OutputStream, text: string): string =>
  stream.isTTY === true ? visiblePainted(text) : text;

/** A JSON document on one line, for a stream that may be a terminal. */
export function jsonOn(stream: OutputStream, document: unknown): string {
  const json = exactText(document);
  return stream.isTTY === true ? visibleJson(json) : json;
}

/** True if progress is shown to a person. */
export const isWatched = ({
  stderr,
  env,
  isQuiet,
}: Pick<Services, 'stderr' | 'env' | 'isQuiet'>): boolean =>
  isQuiet !== true && isLive(stderr, env);

/** True if lines may be redrawn. */
export const isLive = (stream: OutputStream, env: Services['env']): boolean =>
  stream.isTTY === true && env['TERM'] !== 'dumb';
