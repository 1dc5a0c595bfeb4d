/** What every page of --help holds, in this order. */
export const helpPage = /USAGE[\s\S]+EXIT CODES\n(?: {2}\d+ +\w.+\n)+[\s\S]*EXAMPLES\n/;
