/**
 * By file name. The table of media types is large, and only publication and trees of other brokers need it:
 * loaded on first use.
 */
export async function contentTypeOf(fileName: string): Promise<string> {
  const { lookup } = await (types ??= load());
  const type = lookup(fileName) || 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

let types: ReturnType<typeof load> | undefined;

const load = async () => (await import('mime-types')).default;
