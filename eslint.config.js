import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // `import { type X } from` would still load the module: a client would load the server.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  // The arrows of the layout: shared imports nobody; client and server never each other (types excepted); loadtest stands
  // on client, shared and, for its Redis, pool; pool starts the others as processes and imports none of them.
  {
    files: ['shared/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['**/server/**', '**/client/**', '**/loadtest/**', '**/pool/**', 'node:*'] },
      ],
    },
  },
  {
    files: ['client/**/*.ts'],
    ignores: ['**/*.test.ts', 'client/arena/build.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/server/**', '**/loadtest/**', '**/pool/**'], allowTypeImports: true },
            { group: ['node:*'] },
          ],
        },
      ],
    },
  },
  {
    files: ['server/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/client/**', '**/loadtest/**', '**/pool/**'] }] },
  },
  // Of the server the load test knows types, and its script. It has a folder of that name of its own, which is one step
  // up from its other folders; nothing in it lies deeper than that but codec/scenes.
  { files: ['loadtest/*.ts'], ignores: ['**/*.test.ts'], rules: loadtestImports('\\.\\./') },
  {
    files: ['loadtest/*/*.ts'],
    ignores: ['**/*.test.ts', 'loadtest/testing/**'],
    rules: loadtestImports('(\\.\\./){2}'),
  },
  // What lies in a folder named node runs in servers: it is a server's script of its own.
  {
    files: ['loadtest/*/*/**/*.ts'],
    ignores: ['**/*.test.ts', 'loadtest/*/node/**'],
    rules: loadtestImports('(\\.\\./){3,}'),
  },
  {
    files: ['pool/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['**/server/**', '**/client/**', '**/shared/**', '**/loadtest/**', '**/test/**'] },
      ],
    },
  },
);

/** @param {string} root the way from a file up to the project's folder, as a regular expression */
function loadtestImports(root) {
  return {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ regex: `^${root}server/`, allowTypeImports: true }, { regex: `^${root}test/` }] },
    ],
  };
}
