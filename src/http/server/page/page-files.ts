/**
 * The files of the page, as the build stores them: each as `NAME.br` and `NAME.gz`, in one folder. Each is read when it is
 * asked for, and none is kept: browsers keep them. A build that takes the place of this one is served as it is.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errnoOf } from '../../../core/model/errors.ts';
import { contentTypeOf } from '../../../core/model/entry/content-type.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface PageFile {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
  readonly contentType: string;
  /** Names these bytes: another encoding has another tag. */
  readonly etag: string;
}

/** A name within the folder, and not one that leads out of it. */
const fileName = /^\w[\w.-]*$/;

export class PageFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined if the page has no such file. */
  async file(name: string, accepted: string | undefined): Promise<PageFile | undefined> {
    if (!fileName.test(name)) return undefined;
    const encoding = encodingFor(accepted);
    const stored = await this.#stored(`${name}.${encoding === 'br' ? 'br' : 'gz'}`);
    if (stored === undefined) return undefined;
    const bytes = encoding === 'identity' ? await unpacked(stored) : stored;
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    return { bytes, encoding, contentType: await contentTypeOf(name), etag };
  }

  async #stored(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#folder, name));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

const unpacked = promisify(gunzip);

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
