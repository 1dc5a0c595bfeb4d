/**
 * The files of the page, as the build stores them: each as `NAME.br` and `NAME.gz`, in one folder. Nothing is read before
 * the first request, and nothing is kept but the list of names.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { contentTypeOf } from './content-types.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface PageFile {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
  readonly contentType: string;
  /** Names these bytes: another encoding has another tag. */
  readonly etag: string;
}

export class PageFiles {
  readonly #folder: string;
  #names: Promise<ReadonlySet<string>> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined if the page has no such file. */
  async file(name: string, accepted: string | undefined): Promise<PageFile | undefined> {
    const names = await (this.#names ??= namesIn(this.#folder));
    if (!names.has(name)) return undefined;
    const encoding = encodingFor(accepted);
    const stored = await readFile(join(this.#folder, `${name}.${encoding === 'br' ? 'br' : 'gz'}`));
    const bytes = encoding === 'identity' ? await unpacked(stored) : stored;
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    return { bytes, encoding, contentType: contentTypeOf(extname(name)), etag };
  }
}

const unpacked = promisify(gunzip);

const namesIn = async (folder: string): Promise<ReadonlySet<string>> =>
  new Set(
    (await readdir(folder))
      .filter((name) => name.endsWith('.br'))
      .map((name) => name.slice(0, -'.br'.length)),
  );

/** @param accepted the header `Accept-Encoding` */
export function encodingFor(accepted = ''): Encoding {
  const weights = new Map(accepted.toLowerCase().split(',').map(weightOf));
  const takes = (coding: string): boolean => (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity';
}

function weightOf(item: string): [coding: string, weight: number] {
  const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [coding, weight === undefined ? 1 : Number(weight.slice(2))];
}
