import tseslint from "typescript-eslint";
import workspacePlugin from "./tools/scripts/eslint-boundaries.mjs";

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/node_modules/**",
      "**/coverage/**",
      "**/tmp/**",
      "**/out/**",
      "**/results/**",
      "site/entries/**",
      ".nx/**",
      "**/bin/**",
      "**/templates/**",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.test.json", tsconfigRootDir: import.meta.dirname } },
    plugins: { leader: workspacePlugin },
    rules: {
      "leader/boundaries": "error",
      "leader/circles": "error",
      "leader/kebab-case-file": "error",
      eqeqeq: "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Index arithmetic is proven by the loop bounds; the checker cannot see that.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      // Readonly<Record<never, never>> is how an operation says that it has no attributes.
      "@typescript-eslint/no-generated-empty-object-type": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    // What runs in a browser knows other globals than what runs in Node.
    files: ["apps/page/**/*.ts", "apps/page/**/*.tsx"],
    languageOptions: { parserOptions: { project: "./apps/page/tsconfig.test.json" } },
  },
  {
    files: ["packages/**/src/**/*.ts"],
    rules: {
      // 0 and "" are values (a seed, a name), not absence.
      "@typescript-eslint/strict-boolean-expressions": ["error", { allowNumber: false, allowString: false }],
    },
  },
  {
    // Of tests too: a file that long speaks of two subjects.
    files: ["**/src/**/*.{ts,tsx}", "**/test/**/*.ts"],
    rules: { "max-lines": ["error", { max: 300 }] },
  },
  {
    files: ["**/src/**/*.{ts,tsx}"],
    ignores: ["**/*.test.ts"],
    rules: {
      "max-lines-per-function": ["error", { max: 60 }],
    },
  },
  {
    files: ["packages/**/*.ts", "apps/**/*.{ts,tsx}", "tools/**/*.ts"],
    ignores: ["packages/**/src/index.ts", "packages/**/src/plugin.ts", "apps/page/vite.config.ts"],
    rules: {
      "no-restricted-syntax": ["error", { selector: "ExportDefaultDeclaration", message: "Only a plugin's entry has a default export." }],
    },
  },
  {
    files: ["**/*.test.ts", "**/test/**/*.ts"],
    rules: {
      "@typescript-eslint/strict-boolean-expressions": "off",
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
