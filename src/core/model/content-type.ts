/**
 * The media type of a file, by its name. The table of media types is large, and loading it takes as long as a short job. So it
 * is loaded only for a name that needs it.
 */
export async function contentTypeOf(fileName: string): Promise<string> {
  if (fileName.endsWith('.json')) return 'application/json';
  const { lookup } = await (types ??= load());
  const type = lookup(fileName) || 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

let types: ReturnType<typeof load> | undefined;

const load = async () => (await import('mime-types')).default;
