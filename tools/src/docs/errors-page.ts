import { readFileSync } from "node:fs";
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
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
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
  const texts = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const name = node.name.getText(source);
      const value = ts.isPropertyAssignment(node) ? templateText(node.initializer, source) : `<${name}>`;
      if ((name === "message" || name === "hint") && !texts.has(name)) texts.set(name, value);
    }
    ts.forEachChild(node, visit);
  };
  visit(property.initializer);
  return { code, message: texts.get("message") ?? "", hint: texts.get("hint") ?? "" };
}

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
  const member = /\bp\.(\w+)/u.exec(node.getText(source));
  return `<${member?.[1] ?? "value"}>`;
}
