/** What a runner of JavaScript returned in place of files: bytes, or a value that becomes JSON. */
import { basename } from 'node:path';
import { isUint8Array } from 'node:util/types';
import * as z from 'zod/mini';
import type { LightFile } from '../core/ports/made-entry.ts';
import { issueOf } from '../core/model/json/issue.ts';

const bytes = z.custom<Uint8Array>(isUint8Array);
/** A value of JSON that is no scalar. Text as an artifact is the path of a file. */
const value = z.custom<object>((given: unknown) => typeof given === 'object' && given !== null);
const returnedSchema = z.object({
  artifact: z.union([bytes, value]),
  files: z.nullish(z.record(z.string(), z.union([bytes, z.string(), value]))),
});

/** An answer that cannot become files. */
export class ReturnedInvalid extends Error {}

/**
 * The files that the answer holds, the artifact first; undefined if it names files on disk, or nothing.
 * @param artifact_path of the call: it gives the artifact its name
 * @throws ReturnedInvalid
 */
export function returnedFiles(answer: unknown, artifact_path: string): LightFile[] | undefined {
  if (!holdsArtifact(answer)) return undefined;
  const parsed = returnedSchema.safeParse(answer);
  if (!parsed.success) {
    const { field, problem } = issueOf(parsed.error);
    throw new ReturnedInvalid(`answer.${field}: ${problem}`);
  }
  const { artifact, files } = parsed.data;
  return [
    { path: basename(artifact_path), bytes: bytesOf(artifact, 'artifact') },
    ...Object.entries(files ?? {}).map(([path, content]) => ({
      path,
      bytes: bytesOf(content, `files.${path}`),
    })),
  ];
}

const holdsArtifact = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  'artifact' in answer &&
  typeof answer.artifact === 'object' &&
  answer.artifact !== null;

function bytesOf(content: Uint8Array | string | object, field: string): Uint8Array {
  if (isUint8Array(content)) return content;
  if (typeof content === 'string') return Buffer.from(content);
  try {
    const text: unknown = JSON.stringify(content);
    if (typeof text === 'string') return Buffer.from(text);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ReturnedInvalid(`answer.${field}: ${error.message}`, { cause: error });
  }
  throw new ReturnedInvalid(`answer.${field}: cannot be written as JSON`);
}
