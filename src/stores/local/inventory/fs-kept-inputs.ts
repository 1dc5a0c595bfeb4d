/** Inputs that are kept for jobs: files in `.cab/inputs/`, each named by the digest of its bytes. */
import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import type { Problem } from '../../../core/ports/maintenance/entry-checker.ts';
import {
  otherThanItsName,
  type KeptInput,
  type KeptInputs,
} from '../../../core/ports/maintenance/kept-inputs.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { explained, type Stuck } from '../../../support/files/stuck.ts';
import { readChecked, unmetered } from '../check/read-file.ts';
import { placeIn, type Layout } from '../layout.ts';
import { pagesOf } from '../../../support/pages.ts';

export class FsKeptInputs implements KeptInputs {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async *list(): AsyncGenerator<readonly KeptInput[]> {
    for await (const names of pagesOf(await namesIn(this.#layout.inputs)))
      yield names.flatMap((name) => {
        const modified = modifiedAt(join(this.#layout.inputs, name));
        return modified === undefined ? [] : [{ name, modified }];
      });
  }

  async discard({ name, modified }: KeptInput, tell: TellStays): Promise<boolean> {
    const path = join(this.#layout.inputs, name);
    if (modifiedAt(path) !== modified) return false;
    const stuck = removed(path);
    if (stuck !== undefined) tell(explained(stuck));
    return stuck === undefined;
  }

  async missing(path: string): Promise<string | undefined> {
    const place = this.pathOf(path);
    return existsSync(place) ? undefined : placeIn(this.#layout, place);
  }

  async *check(): AsyncGenerator<readonly Problem[]> {
    const { inputs } = this.#layout;
    try {
      for (const name of await namesIn(inputs)) yield this.#checkOne(join(inputs, name));
    } catch (error) {
      yield [unreadable(placeIn(this.#layout, inputs), error)];
    }
  }

  pathOf(path: string): string {
    return this.#layout.keptInput(path);
  }

  #checkOne(path: string): Problem[] {
    const place = placeIn(this.#layout, path);
    const expected = basename(path, '.json');
    try {
      const actual = digestOf(path);
      if (actual === undefined || actual === expected) return [];
      return [{ class: 'corrupt', place, message: otherThanItsName, expected, actual }];
    } catch (error) {
      return [unreadable(place, error)];
    }
  }
}

const modifiedAt = (path: string): number | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;

/** Undefined if the file is gone. */
export function removed(path: string): Stuck | undefined {
  try {
    unlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno !== 'ENOENT') return { path, errno };
  }
  return undefined;
}

/** Undefined if the file went in the meantime; empty if it is not a regular file. */
function digestOf(path: string): string | undefined {
  try {
    return readChecked(path, true, unmetered).sha256 ?? '';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === 'ELOOP') return '';
    throw error;
  }
}

function unreadable(place: string, error: unknown): Problem {
  const errno = errnoOf(error);
  if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error;
  const message = `cannot be read (${errno})`;
  return { class: 'unreadable', place, message, expected: null, actual: null };
}
