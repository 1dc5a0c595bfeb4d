/** What a command is given of the world, so that it can be run within a test as well as by a shell. */
import type { Readable, Writable } from 'node:stream';
import { exactText } from '../core/model/json/exact-json.ts';
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
  /**
   * From the first call on, Ctrl-C no longer ends the process but aborts this signal, so that what is open
   * can be closed; a second Ctrl-C ends it at once.
   */
  readonly interruption: () => AbortSignal;
  /** Nothing is said to people but what went wrong. */
  readonly isQuiet?: boolean;
}

/** The same world for a command that was told how to speak in it. Streams are still made when they are asked for. */
export const spokenIn = (
  services: Services,
  { isQuiet, hasColour }: { readonly isQuiet: boolean; readonly hasColour: boolean },
): Services =>
  Object.create(services, {
    isQuiet: { value: isQuiet },
    ...(!hasColour && { env: { value: { ...services.env, NO_COLOR: '1' } } }),
  }) as Services;

/** Colour and width are for people at a terminal; everyone else gets plain, whole lines. */
export function styleOf(stream: OutputStream, env: Services['env']): Style {
  const terminal = stream.isTTY === true;
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    colour: terminal && !plain,
    // A terminal that does not know its size says 0.
    width: terminal ? stream.columns || 80 : Infinity,
    now: Date.now(),
  };
}

/** What is written for people, as the stream may show it: a terminal is driven by nothing that came from outside. */
export const shownOn = (stream: OutputStream, text: string): string =>
  stream.isTTY === true ? visiblePainted(text) : text;

/** A document on one line, to a stream that may be a terminal. */
export function jsonOn(stream: OutputStream, document: unknown): string {
  const json = exactText(document);
  return stream.isTTY === true ? visibleJson(json) : json;
}

/** True where a person sees how far the work is. */
export const isWatched = ({
  stderr,
  env,
  isQuiet,
}: Pick<Services, 'stderr' | 'env' | 'isQuiet'>): boolean =>
  isQuiet !== true && isLive(stderr, env);

/** True where lines may be redrawn. */
export const isLive = (stream: OutputStream, env: Services['env']): boolean =>
  stream.isTTY === true && env['TERM'] !== 'dumb';
