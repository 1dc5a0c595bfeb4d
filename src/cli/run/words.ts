/** What stands on the command line of `cab run`: its own words, and those of the command after `--`. */
export interface Words {
  readonly own: string[];
  /** Undefined if there is no `--`. */
  readonly command: readonly string[] | undefined;
}

export function splitWords(argv: readonly string[]): Words {
  const at = argv.indexOf('--');
  return at === -1
    ? { own: [...argv], command: undefined }
    : { own: argv.slice(0, at), command: argv.slice(at + 1) };
}
