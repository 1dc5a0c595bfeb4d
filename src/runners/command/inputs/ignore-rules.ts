/** What `.gitignore` files leave out, as git understands them: those of a folder hold below it, the deepest decides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { errnoOf } from '../../../core/model/errors.ts';

export class IgnoreRules {
  readonly #root: string;
  /** By folder, relative to the root; empty for the root. */
  readonly #rules = new Map<string, Ignore | undefined>();

  /** @param root of the project */
  constructor(root: string) {
    this.#root = root;
  }

  /** Whether a path relative to the root is left out; a folder's ends with a slash. */
  isIgnored(path: string): boolean {
    const segments = path.split('/');
    // What lies outside of the project has no rules here.
    if (segments[0] === '..') return false;
    const depth = path.endsWith('/') ? segments.length - 1 : segments.length;
    for (let at = depth - 1; at >= 0; at -= 1) {
      const rules = this.#rulesOf(segments.slice(0, at).join('/'));
      const { ignored, unignored } = rules?.test(segments.slice(at).join('/')) ?? {};
      if (ignored === true) return true;
      if (unignored === true) return false;
    }
    return false;
  }

  #rulesOf(folder: string): Ignore | undefined {
    if (!this.#rules.has(folder)) this.#rules.set(folder, this.#read(folder));
    return this.#rules.get(folder);
  }

  #read(folder: string): Ignore | undefined {
    const files = [join(this.#root, folder, '.gitignore')];
    if (folder === '') files.unshift(join(this.#root, '.git', 'info', 'exclude'));
    // What git makes holds comments alone, and each rule is asked about each file.
    const texts = files.map(textOf).filter((text) => text !== undefined && hasRules(text));
    return texts.length === 0 ? undefined : ignore().add(texts.join('\n'));
  }
}

const hasRules = (text: string): boolean => /^(?!#)\s*\S/m.test(text);

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
