/** Files of entries that are small enough to be read whole. */
import { send, type Asking } from './request.ts';

/** Bytes. To parse more at once would hold the page up: it is shown as text, in a window. */
export const largestJson = 1 << 20;

export async function readJson(path: string, asking?: Asking): Promise<unknown> {
  const value: unknown = await (await send(path, asking)).json();
  return value;
}

export const readBlob = async (path: string, asking?: Asking): Promise<Blob> =>
  (await send(path, asking)).blob();

export const isJson = (contentType: string | null, path: string): boolean =>
  /^application\/([\w.-]+\+)?json\b/.test(contentType ?? '') || path.endsWith('.json');
