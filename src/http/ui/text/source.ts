/** A text that is too long to be loaded whole: it is read in pieces, by bytes. */
import { send } from '../data/request.ts';

export interface Piece {
  readonly bytes: Uint8Array;
  /** Of the first byte. */
  readonly from: number;
  /** Of the whole text, at the time of the answer. */
  readonly size: number;
}

export interface TextSource {
  /** At most `bytes` from byte `from` on. It may begin a few bytes later, where a character begins. */
  read(from: number, bytes: number, signal?: AbortSignal): Promise<Piece>;
  /** The end of the text. */
  tail(bytes: number, signal?: AbortSignal): Promise<Piece>;
}

const numberIn = (response: Response, header: string): number =>
  Number(response.headers.get(header) ?? 0);

export function logSource(path: string): TextSource {
  const piece = async (query: string, signal?: AbortSignal): Promise<Piece> => {
    const response = await send(`${path}?${query}`, signal && { signal });
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      from: numberIn(response, 'cab-log-from'),
      size: numberIn(response, 'cab-log-size'),
    };
  };
  return {
    read: (from, bytes, signal) => piece(`from=${from}&bytes=${bytes}`, signal),
    tail: (bytes, signal) => piece(`tail=${bytes}`, signal),
  };
}

/** @param size of the file, which never changes */
export function fileSource(path: string, size: number): TextSource {
  const read = async (from: number, bytes: number, signal?: AbortSignal): Promise<Piece> => {
    const last = Math.min(from + bytes, size) - 1;
    if (last < from) return { bytes: new Uint8Array(), from, size };
    const headers = { range: `bytes=${from}-${last}` };
    const response = await send(path, { headers, ...(signal && { signal }) });
    return { bytes: new Uint8Array(await response.arrayBuffer()), from, size };
  };
  return { read, tail: (bytes, signal) => read(Math.max(0, size - bytes), bytes, signal) };
}
