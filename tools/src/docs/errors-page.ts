import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import ts from "typescript";

/** One error code with its templates as they are written in the source. */
interface DocumentedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** `docs/errors.md`: every code of every error table, with message and hint. Placeholders appear as `<name>`. */
export function errorsPage(tables: readonly { readonly title: string; readonly files: readonly string[] }[]): string {
  const sections = tables.map(({ title, files }) => {
    const entries = files.flatMap(errorsOf).map(({ code, message, hint }) => `### ${code}\n\n${message}\n\n**What to do:** ${hint}\n`);
    return [`## ${title}\n`, ...entries].join("\n");
  });
  return ["# Errors\n", "Made by `npm run docs` from the error tables. Codes are stable and never reused.\n", ...sections].join("\n");
}

/** Reads the table from the syntax tree: messages are functions of values that exist only when the error does. */
function errorsOf(file: string): readonly DocumentedError[] {
  const source = parsed(file);
  const found: DocumentedError[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "defineErrors") {
      const [prefix, table] = node.arguments;
      if (prefix !== undefined && ts.isStringLiteral(prefix) && table !== undefined && ts.isObjectLiteralExpression(table)) {
        for (const property of table.properties)
          if (ts.isPropertyAssignment(property))
            found.push(documented(`${prefix.text}_${property.name.getText(source)}`, property, source));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function documented(code: string, property: ts.PropertyAssignment, source: ts.SourceFile): DocumentedError {
  const texts = textsOf(property.initializer, source);
  const [message, hint] = [texts.get("message") ?? "", texts.get("hint") ?? ""];
  if (message === "" || hint === "") throw new Error(`${source.fileName}: no sentences were found for ${code}`);
  return { code, message, hint };
}

/** The first message and the first hint in a piece of source. */
function textsOf(piece: ts.Node, source: ts.SourceFile): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const add = (name: string, text: string): void => {
    if ((name === "message" || name === "hint") && !texts.has(name)) texts.set(name, text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node)) add(node.name.getText(source), templateText(node.initializer, source));
    if (ts.isShorthandPropertyAssignment(node)) add(node.name.text, `<${node.name.text}>`);
    if (ts.isSpreadAssignment(node) && ts.isCallExpression(node.expression))
      for (const [name, text] of importedTexts(node.expression.expression.getText(source), source)) add(name, text);
    ts.forEachChild(node, visit);
  };
  visit(piece);
  return texts;
}

/** The sentences of a function that a table spreads from another module. */
function importedTexts(name: string, source: ts.SourceFile): ReadonlyMap<string, string> {
  const imported = source.statements.filter(ts.isImportDeclaration).find(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some((element) => element.name.text === name);
  });
  if (imported === undefined || !ts.isStringLiteral(imported.moduleSpecifier)) return new Map();
  const module = parsed(resolve(dirname(source.fileName), imported.moduleSpecifier.text.replace(/\.js$/u, ".ts")));
  const declarations = module.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) => [...declarationList.declarations]);
  const maker = declarations.find((declaration) => declaration.name.getText(module) === name)?.initializer;
  return maker === undefined ? new Map() : textsOf(maker, module);
}

const parsed = (file: string): ts.SourceFile => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);

/** The text of a string, template, concatenation or choice, with expressions as placeholders. */
function templateText(node: ts.Expression, source: ts.SourceFile): string {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => placeholder(span.expression, source) + span.literal.text).join("");
  }
  if (ts.isConditionalExpression(node)) return `${templateText(node.whenTrue, source)} — or: ${templateText(node.whenFalse, source)}`;
  if (ts.isParenthesizedExpression(node)) return templateText(node.expression, source);
  if (ts.isBinaryExpression(node)) return templateText(node.left, source) + templateText(node.right, source);
  return placeholder(node, source);
}

/** `p.known.join(", ")` reads as `<known>`. Text inside the expression stays text. */
function placeholder(node: ts.Expression, source: ts.SourceFile): string {
  if (ts.isConditionalExpression(node) || ts.isTemplateExpression(node) || ts.isStringLiteral(node)) return templateText(node, source);
  const member = ts.isIdentifier(node) ? [node.text, node.text] : /\bp\.(\w+)/u.exec(node.getText(source));
  return `<${member?.[1] ?? "value"}>`;
}
