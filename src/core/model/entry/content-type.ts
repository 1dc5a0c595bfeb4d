/**
 * The media type of a file, by its name. The whole table of media types is large, and loading it takes as long as a short job.
 * So it is loaded only for a name that is not among the usual ones.
 */
import { extname } from 'node:path';

export async function contentTypeOf(fileName: string): Promise<string> {
  // As the table does it: a name without a dot is its own suffix.
  const suffix = extname(`x.${fileName}`).toLowerCase().slice(1);
  const type = usualTypes.get(suffix) ?? (await lookedUp(fileName));
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

const binary = 'application/octet-stream';

/** By suffix; a test holds them against the table. */
export const usualTypes: ReadonlyMap<string, string> = new Map([
  ['json', 'application/json'],
  ['map', 'application/json'],
  ['log', 'text/plain'],
  ['txt', 'text/plain'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['css', 'text/css'],
  ['js', 'text/javascript'],
  ['mjs', 'text/javascript'],
  ['md', 'text/markdown'],
  ['xml', 'application/xml'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['pdf', 'application/pdf'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['gz', 'application/gzip'],
  ['zip', 'application/zip'],
  ['tar', 'application/x-tar'],
  ['wasm', 'application/wasm'],
  ['output', binary],
  ['bin', binary],
  ['so', binary],
  ['o', binary],
  ['a', binary],
  ['db', binary],
  ['app', binary],
]);

async function lookedUp(fileName: string): Promise<string> {
  const { lookup } = await (types ??= load());
  return lookup(fileName) || binary;
}

let types: ReturnType<typeof load> | undefined;

const load = async () => (await import('mime-types')).default;
