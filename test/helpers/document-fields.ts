/** The fields of a JSON document, as a page lists them and as a schema or a real document has them. */
import * as z from 'zod/mini';

export interface Field {
  /** Dotted; `[]` stands for each item of a list, `*` for each member of a map. */
  readonly path: string;
  readonly type: string;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

export const fieldsOfSchema = (schema: z.ZodMiniType, io: 'input' | 'output' = 'output'): Field[] =>
  below('', z.toJSONSchema(schema, { io, unrepresentable: 'any' }));

function below(path: string, schema: JsonSchema): Field[] {
  const { properties, items, anyOf = [] } = schema;
  const own = Object.entries(properties ?? {}).flatMap(([name, member]) => {
    if (typeof member === 'boolean') return [];
    const at = path === '' ? name : `${path}.${name}`;
    return [{ path: at, type: typeOf(member) }, ...below(at, member)];
  });
  const item = typeof items === 'object' && !Array.isArray(items) ? below(`${path}[]`, items) : [];
  const others = anyOf.flatMap((each) => (typeof each === 'object' ? below(path, each) : []));
  return [...own, ...item, ...others].filter(
    (field, index, all) => all.findIndex((each) => each.path === field.path) === index,
  );
}

function typeOf({ type, anyOf, enum: values, const: only, items, $ref }: JsonSchema): string {
  if ($ref !== undefined) return 'any';
  if (anyOf !== undefined)
    return [
      ...new Set(anyOf.map((each) => (typeof each === 'object' ? typeOf(each) : 'any'))),
    ].join(' or ');
  if (only !== undefined) return `\`${String(only)}\``;
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (type === 'array')
    return typeof items === 'object' && !Array.isArray(items) ? `list of ${typeOf(items)}` : 'list';
  return [type ?? 'any']
    .flat()
    .map((name) => names[name] ?? name)
    .join(' or ');
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true or false',
};

/** Of a document that no schema describes; its types are not told. */
export function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value))
    return [...new Set(value.flatMap((each) => pathsOf(each, `${path}[]`)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...pathsOf(member, at)];
  });
}

/** The rows of the table below a heading. A row that links to another table stands for the fields of that one too. */
export function fieldsOfPage(
  page: string,
  heading: string,
): (Field & { readonly isLink: boolean })[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^\| `([^`]+)`\s*\| (.*?)\s*\| .* \|$/gm)].map(
    ([, path = '', type = '']) => ({
      path,
      type,
      isLink: type.includes('](#'),
    }),
  );
}

/** Without those that a link of the page stands for. */
export function unlinked<T extends { readonly path: string }>(
  fields: readonly T[],
  page: readonly (Field & { readonly isLink: boolean })[],
): T[] {
  const links = page.filter(({ isLink }) => isLink).map(({ path }) => path);
  return fields.filter(
    ({ path }) => !links.some((link) => path.startsWith(`${link}.`) || path.startsWith(`${link}[`)),
  );
}
