/**
 * The entry of the thread that runs a module's export. All its output goes through the message port, so that it
 * arrives in order, and before the answer or the report of a sudden end.
 */
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import type { OutputStream, RunnerProgress } from '../../core/ports/runner.ts';
import { withPlaces } from '../call-places.ts';
import { refuseOther, ReturnedInvalid, returnedBy } from '../returned-files.ts';
import { errnoOf, isError } from '../../core/model/errors.ts';
import { authorContext, type AuthorContext } from '../author-context.ts';
import type { FromWorker, ToWorker } from '../process/warm-protocol.ts';

type ModuleFunction = (call: object, context: AuthorContext) => unknown;

const { url, exportName, declared } = z
  .object({
    url: z.string(),
    exportName: z.nullable(z.string()),
    declared: z.record(z.string(), z.optional(z.string())),
  })
  .parse(workerData);
let controller = new AbortController();
let loading: Promise<ModuleFunction> | undefined;

captureOutput('stdout');
captureOutput('stderr');
parentPort?.on('message', (message: ToWorker) => void obey(message));

async function obey(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'load':
      post(await load().then(() => ({ type: 'result', value: null }) as const, failure));
      break;
    case 'call':
      post(await call(message));
      break;
    case 'abort':
      controller.abort(new DOMException(message.message, 'AbortError'));
      break;
    default:
      message satisfies never;
  }
}

async function call(message: ToWorker & { type: 'call' }): Promise<FromWorker> {
  controller = new AbortController();
  const { signal } = controller;
  try {
    const run = await load();
    const call = callSchema.parse(message.arguments);
    const answer = await run(withPlaces(call, signal), authorContext({ signal, log, progress }));
    return { type: 'result', value: portable(answer, call.artifact_path) };
  } catch (error) {
    return failure(error);
  }
}

const log = (stream: OutputStream, text: string): void => post({ type: 'log', stream, text });
const progress = (given: RunnerProgress): void => post({ type: 'progress', ...given });

const callSchema = z.looseObject({
  out_root: z.string(),
  artifact_path: z.string(),
  manifest_path: z.string(),
});

/** The part of an answer that cab uses. The rest may contain values that cannot be sent between threads. */
function portable(answer: unknown, artifact_path: string): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const returned = returnedBy(answer, artifact_path);
  if (returned !== undefined) {
    const [artifact, ...others] = returned.files;
    return {
      artifact: artifact.bytes,
      manifest: returned.manifest,
      files: Object.fromEntries(others.map(({ path, bytes }) => [path, bytes])),
    };
  }
  refuseOther(answer);
  return {
    artifact: 'artifact' in answer ? answer.artifact : undefined,
    manifest: 'manifest' in answer ? answer.manifest : undefined,
  };
}

/** The reason why the code cannot be used, as opposed to an error that the running code throws. */
class LoadError extends Error {}

function load(): Promise<ModuleFunction> {
  loading ??= loadOnce();
  return loading;
}

async function loadOnce(): Promise<ModuleFunction> {
  const exports = await importModule();
  for (const name of ['inputFormat', 'artifactName'])
    if (exports[name] !== undefined && exports[name] !== declared[name])
      throw new LoadError(
        `exports ${name} ${inspect(exports[name])}, which cannot be read without running it: write export const ${name} = '…' in the file itself`,
      );
  const name = exportName ?? ('run' in exports ? 'run' : 'default');
  const found = exports[name];
  if (isFunction(found)) return found;
  const wanted = exportName ?? '"run" or a default';
  const names = Object.keys(exports).join(', ') || 'nothing';
  const what = found === undefined ? 'is not exported' : 'is not a function';
  throw new LoadError(`${wanted} ${what}; the module exports ${names}`);
}

async function importModule(): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse({ ...(await import(url)) });
  } catch (error) {
    const file = fileURLToPath(url);
    if (errnoOf(error) === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(file))
      throw new LoadError(
        `Node ${process.version} does not load TypeScript: use Node 22.18 or newer, or compile it`,
        { cause: error },
      );
    const reason = isError(error) ? error.message : inspect(error);
    throw new LoadError(`cannot be loaded: ${reason}`, { cause: error });
  }
}

const isFunction = (value: unknown): value is ModuleFunction => typeof value === 'function';

function failure(error: unknown): FromWorker {
  return {
    type: 'failed',
    code: codeOf(error),
    message: isError(error) ? error.message || error.name : `threw ${inspect(error)}`,
    exception: isError(error) ? error.name : typeof error,
    stack: inspect(error),
  };
}

function codeOf(error: unknown): 'runner_invalid' | 'runner_result_invalid' | 'runner_failed' {
  if (error instanceof LoadError) return 'runner_invalid';
  return error instanceof ReturnedInvalid ? 'runner_result_invalid' : 'runner_failed';
}

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function captureOutput(stream: OutputStream): void {
  const decoder = new TextDecoder();
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | (() => void),
    done?: () => void,
  ): boolean => {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    post({ type: 'log', stream, text });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) queueMicrotask(callback);
    return true;
  };
  process[stream].write = write;
}
