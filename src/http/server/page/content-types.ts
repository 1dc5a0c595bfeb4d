/** The types of the page's own files, by extension. The build makes no others. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const contentTypeOf = (extension: string): string =>
  types[extension] ?? 'application/octet-stream';
