/**
 * By file name. The table of media types is large, and takes as long to load as a short job to run: it is loaded for a name
 * that it alone knows.
 */
export async function contentTypeOf(fileName: string): Promise<string> {
  if (fileName.endsWith('.json')) return 'application/json';
  const { lookup } = await (types ??= load());
  const type = lookup(fileName) || 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

let types: ReturnType<typeof load> | undefined;

const load = async () => (await import('mime-types')).default;
