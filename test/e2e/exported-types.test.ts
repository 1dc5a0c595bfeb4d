/** The types of the library, as the package has them: whatever an exported one mentions can be named by a program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const text = readFileSync(join(import.meta.dirname, '../../dist/index.d.ts'), 'utf8');
const file = ts.createSourceFile('index.d.ts', text, ts.ScriptTarget.Latest, true);

/** zod's, and what an exported type is made of, whose fields it has itself. */
const inner = new Set(['output', 'WatchOptions', 'Defaulted', 'NewEventOf']);

it('every type that an exported type mentions is exported', () => {
  const exported = new Set<string>();
  const declared = new Map<string, ts.Node[]>();
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement;
      if (exportClause === undefined || !ts.isNamedExports(exportClause)) continue;
      for (const { name, propertyName } of exportClause.elements)
        exported.add((propertyName ?? name).getText());
    } else if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement)
    ) {
      const name = statement.name?.text ?? '';
      declared.set(name, [...(declared.get(name) ?? []), statement]);
    }
  }
  const hidden = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    if (name !== undefined && declared.has(name) && !exported.has(name)) hidden.add(name);
    ts.forEachChild(node, visit);
  };
  for (const name of exported) for (const node of declared.get(name) ?? []) visit(node);
  expect(exported.size).toBeGreaterThan(100);
  expect([...hidden].filter((name) => !inner.has(name))).toEqual([]);
});

function nameOf(node: ts.Node): string | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName.getText();
  return ts.isExpressionWithTypeArguments(node) ? node.expression.getText() : undefined;
}
