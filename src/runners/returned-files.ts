/** What a runner of JavaScript returned in place of files: bytes, or a value that becomes JSON. */
import { basename } from 'node:path';
import { isAnyArrayBuffer } from 'node:util/types';
import * as z from 'zod/mini';
import type { Returned } from '../core/ports/runner.ts';
import { issueOf } from '../core/model/json/issue.ts';

/** Text as an artifact is the path of a file. */
const content = z.custom<object>(isObject);
const returnedSchema = z.object({
  artifact: content,
  manifest: z.nullish(
    z.custom<object>(
      isObject,
      'beside a returned artifact, the manifest is returned as well: as JSON, or as bytes',
    ),
  ),
  // Not a record of zod's, which leaves out a file named `__proto__`.
  files: z.nullish(z.custom<object>(isObject, 'expected an object of files')),
});

function isObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

/** An answer that cannot become files. */
export class ReturnedInvalid extends Error {}

/**
 * What the answer holds; undefined if it names files on disk, or nothing. Bytes are copies: a runner may use its buffer again.
 * @param artifact_path of the call: it gives the artifact its name
 * @throws ReturnedInvalid
 */
export function returnedBy(answer: unknown, artifact_path: string): Returned | undefined {
  if (typeof artifactOf(answer) !== 'object' || artifactOf(answer) === null) return undefined;
  const parsed = returnedSchema.safeParse(answer);
  if (!parsed.success) {
    const { field, problem } = issueOf(parsed.error);
    throw new ReturnedInvalid(`answer.${field}: ${problem}`);
  }
  const { artifact, manifest, files } = parsed.data;
  return {
    files: [
      { path: basename(artifact_path), bytes: bytesOf(artifact, 'artifact') },
      ...Object.entries(files ?? {}).map(([path, given]: [string, unknown]) => ({
        path,
        bytes: bytesOf(fileOf(given, path), `files.${path}`),
      })),
    ],
    manifest: manifest == null ? null : bytesOf(manifest, 'manifest'),
  };
}

/** Refuses what is neither a path nor a file, before it is sent between threads. @throws ReturnedInvalid */
export function refuseOther(answer: unknown): void {
  const artifact = artifactOf(answer);
  if (artifact !== undefined && artifact !== null && typeof artifact !== 'string')
    throw new ReturnedInvalid(
      `answer.artifact: expected a path, bytes or JSON, got a ${typeof artifact}`,
    );
}

const artifactOf = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'artifact' in answer
    ? answer.artifact
    : undefined;

function fileOf(given: unknown, path: string): string | object {
  if (typeof given === 'string' || (typeof given === 'object' && given !== null)) return given;
  throw new ReturnedInvalid(
    `answer.files.${path}: expected text, bytes or JSON, got ${String(given)}`,
  );
}

function bytesOf(given: string | object, field: string): Uint8Array {
  if (typeof given === 'string') return Buffer.from(given);
  if (ArrayBuffer.isView(given))
    return Buffer.from(new Uint8Array(given.buffer, given.byteOffset, given.byteLength));
  if (isAnyArrayBuffer(given)) return Buffer.from(new Uint8Array(given));
  if (!isJson(given))
    throw new ReturnedInvalid(`answer.${field}: a ${nameOf(given)} cannot be written as JSON`);
  try {
    const text: unknown = JSON.stringify(given);
    if (typeof text === 'string') return Buffer.from(text);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ReturnedInvalid(`answer.${field}: ${error.message}`, { cause: error });
  }
  throw new ReturnedInvalid(`answer.${field}: cannot be written as JSON`);
}

/** Other objects, such as a Map or a promise, would become `{}`. */
function isJson(given: object): boolean {
  if (Array.isArray(given) || 'toJSON' in given) return true;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === null || nameOf(given) === 'Object';
}

const nameOf = (given: object): string => {
  const { constructor } = given;
  return typeof constructor === 'function' ? constructor.name : 'object without a class';
};
