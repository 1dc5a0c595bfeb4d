/** The words after `#!` at the beginning of a script: `/usr/bin/env`, `python3`. None if the text is no script. */
export const shebangWords = (text: string): string[] =>
  /^#!\s*([^\n]*)/.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
