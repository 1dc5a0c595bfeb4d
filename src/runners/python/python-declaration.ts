import { resolve } from 'node:path';
import * as z from 'zod/mini';

/**
 * What a callable declares by attributes. It is read in the source, so that a hit starts no Python. The Python
 * process compares it with the attributes before it calls the callable.
 */
export interface PythonDeclaration {
  readonly input_format: 'json' | 'bytes' | null;
  /** An absolute path; `asked` if only Python knows it; null if nothing is declared. */
  readonly database: string | null;
}

export const asked = 'asked';

/** @param cwd the directory that a relative path starts from */
export function declaredIn(
  sources: ReadonlyMap<string, string>,
  callable: string,
  cwd: string,
): PythonDeclaration {
  const name = callable.slice(callable.lastIndexOf('.') + 1);
  const said = (attribute: string, value: string): string | undefined => {
    const line = new RegExp(
      String.raw`^[ \t]*(?:\w+\.)*${name}\.${attribute}[ \t]*=[ \t]*(?<value>${value})`,
      'm',
    );
    for (const source of sources.values()) {
      const found = line.exec(source)?.groups?.['value'];
      if (found !== undefined) return found.trim();
    }
    return undefined;
  };
  const format = said('input_format', `['"](?:json|bytes)['"]`)?.slice(1, -1);
  const database = said('database', String.raw`[^\n]+`);
  const literal = /^(['"])(?<path>[^'"\\]+)\1\s*(?:#.*)?$/.exec(database ?? '')?.groups?.['path'];
  return {
    input_format: format === 'json' || format === 'bytes' ? format : null,
    database: literal === undefined ? ((database && asked) ?? null) : resolve(cwd, literal),
  };
}

/** The answer of a process that loaded the callable. */
export const describedSchema = z.object({
  /** Null for a built-in module. */
  file: z.nullable(z.string()),
  version: z.nullable(z.string()),
  /**
   * Whether the code lies outside of every folder of installed packages: an editable installation, whose version says
   * nothing about the code.
   */
  is_linked: z.boolean(),
  input_format: z.nullable(z.enum(['json', 'bytes'])),
  database: z.nullable(z.string()),
});

export type Described = z.infer<typeof describedSchema>;
