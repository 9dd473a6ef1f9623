import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * Imports run one way: core <- contracts <- runtime <- counting <- judging <- services; publisher uses core and contracts
 * alone, and no service imports another one, but for the command that runs them all.
 */
const CLOCK_BAN = [
  { object: 'Date', property: 'now', message: 'Take the time as an argument or from a Clock.' },
  { object: 'Math', property: 'random', message: 'Take a seed or the random value as an argument.' },
];
/** SQL over what is judged and decided: the tables, and the views for people. */
const JUDGED_SQL =
  '/\\b(FROM|JOIN)\\s+(budgets|burn_rates|alert_decisions|alert_history|alerts|slo_\\w+|fleet_between|cost_between)\\b/i';
const JUDGED_SQL_BAN = ['Literal[value=', 'TemplateElement[value.raw='].map((node) => ({
  selector: `${node}${JUDGED_SQL}]`,
  message: 'Questions to these tables are in packages/queries, each with the type of its answer: ask there.',
}));
const SERVICES = ['alerter', 'collector', 'console', 'engine', 'processor', 'sink'].map(
  (name) => `@burnline/${name}`,
);
const NAMED_EXPORTS = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what is exported: the index shows the whole surface.',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
  { selector: 'TSEnumDeclaration', message: 'Use an `as const` list.' },
];
/** As text, since they are untyped CommonJS that is loaded by a `require` of one's own. */
const KAFKAJS_INTERNALS = {
  selector: 'Literal[value=/^kafkajs\\u002F/]',
  message: 'What kafkajs does not export is used in event-log/kafka/wire alone.',
};
const KAFKAJS = {
  selector: "Literal[value='kafkajs']",
  message: 'kafkajs is used in event-log/kafka alone: reach the log through its port.',
};
const KAFKA_WIRE = {
  selector: 'ImportDeclaration[source.value=/kafka\\u002Fwire/]',
  message: 'The wire is a part of event-log/kafka: reach the log through its port.',
};
const EVENT_LOG_KAFKA = 'packages/runtime/src/event-log/kafka';
const EFFECT_LIBRARIES = ['kafkajs', '@clickhouse/client', 'pino', 'prom-client', 'lmdb', 'chdb'];

const banned = (patterns, message) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }],
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.turbo/**'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-syntax': ['error', ...NAMED_EXPORTS, KAFKAJS_INTERNALS],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^[^.]', message: 'core is pure: no libraries, no Node modules, no other package.' },
          ],
        },
      ],
      'no-restricted-properties': ['error', ...CLOCK_BAN],
      'no-restricted-globals': [
        'error',
        'process',
        'Buffer',
        'setTimeout',
        'setInterval',
        'fetch',
        'console',
      ],
    },
  },
  {
    files: ['packages/contracts/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      ...banned(
        ['@burnline/*', '!@burnline/core', ...EFFECT_LIBRARIES],
        'contracts may import core, avsc and zod.',
      ),
      'no-restricted-properties': ['error', ...CLOCK_BAN],
    },
  },
  {
    files: ['packages/specs/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      ...banned(
        ['@burnline/*', '!@burnline/core', '!@burnline/contracts', ...EFFECT_LIBRARIES],
        'specs may import core, contracts, zod, yaml and the CEL parser: documents in, plans out.',
      ),
      'no-restricted-properties': ['error', ...CLOCK_BAN],
    },
  },
  {
    files: ['packages/publisher/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: banned(
      [
        '@burnline/*',
        '!@burnline/core',
        '!@burnline/contracts',
        '@clickhouse/client',
        'pino',
        'prom-client',
        'lmdb',
        'chdb',
      ],
      'publisher imports core, contracts and its transport alone.',
    ),
  },
  {
    files: ['packages/runtime/src/**/*.ts'],
    rules: banned(
      ['@burnline/*', '!@burnline/core', '!@burnline/contracts'],
      'runtime imports core and contracts, never a service.',
    ),
  },
  {
    files: ['packages/**/*.ts', 'services/**/*.ts'],
    ignores: [`${EVENT_LOG_KAFKA}/**`],
    rules: {
      'no-restricted-syntax': ['error', ...NAMED_EXPORTS, KAFKAJS_INTERNALS, KAFKAJS, KAFKA_WIRE],
    },
  },
  {
    files: [`${EVENT_LOG_KAFKA}/**/*.ts`],
    rules: banned(
      ['@burnline/*', '!@burnline/core', '!@burnline/contracts', '**/wire/*', '!**/wire/index.ts'],
      'The wire is reached through its index, so that another client can take its place.',
    ),
  },
  {
    files: [`${EVENT_LOG_KAFKA}/wire/**/*.ts`],
    rules: {
      ...banned(
        ['@burnline/*', '!@burnline/core', '!@burnline/contracts'],
        'runtime imports core and contracts.',
      ),
      'no-restricted-syntax': ['error', ...NAMED_EXPORTS],
    },
  },
  {
    files: ['packages/queries/src/**/*.ts'],
    rules: banned(
      [
        'burnline',
        '@burnline/*',
        '!@burnline/core',
        '!@burnline/contracts',
        '!@burnline/runtime',
        ...EFFECT_LIBRARIES,
      ],
      'Questions import core, contracts and runtime: they read what was written, and know nothing of who writes it.',
    ),
  },
  {
    files: ['packages/reading/src/**/*.ts'],
    rules: banned(
      ['burnline', ...SERVICES, ...EFFECT_LIBRARIES],
      'What is made of several answers asks packages/queries and judging, and knows nothing of who shows it.',
    ),
  },
  {
    files: ['packages/dashboards/src/**/*.ts'],
    rules: {
      ...banned(
        ['burnline', '@burnline/*', '!@burnline/queries', ...EFFECT_LIBRARIES],
        'Dashboards are statements and how they are shown: they ask nobody.',
      ),
      // The SDK prefers the second schema of dashboards, which no Grafana before 12 reads: files are provisioned in the first.
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  {
    // Whoever writes these tables reads them by its own statements: judging, and the alerter. Grafana asks for itself.
    files: ['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'],
    ignores: [
      'packages/{queries,judging,counting,runtime,dashboards}/src/**',
      'services/{alerter,sink}/src/**',
      '**/*.test.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...NAMED_EXPORTS,
        KAFKAJS_INTERNALS,
        KAFKAJS,
        KAFKA_WIRE,
        ...JUDGED_SQL_BAN,
      ],
    },
  },
  {
    files: ['packages/counting/src/**/*.ts', 'packages/judging/src/**/*.ts'],
    rules: banned(
      ['burnline', ...SERVICES, ...EFFECT_LIBRARIES],
      'Counting and judging are what services run: they import packages, and reach the world through @burnline/runtime.',
    ),
  },
  {
    files: ['packages/counting/src/**/*.ts'],
    rules: banned(
      ['burnline', ...SERVICES, '@burnline/judging', ...EFFECT_LIBRARIES],
      'What is counted does not depend on how it is judged.',
    ),
  },
  {
    files: ['services/*/src/**/*.ts'],
    ignores: ['services/engine/src/**', 'services/burnline/src/**', '**/*.test.ts'],
    rules: banned(
      ['burnline', ...SERVICES, ...EFFECT_LIBRARIES],
      'No service imports another one; reach the log, the database, logs and metrics through @burnline/runtime.',
    ),
  },
  {
    files: ['services/burnline/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: banned(
      EFFECT_LIBRARIES,
      'Reach the log, the database, logs and metrics through @burnline/runtime.',
    ),
  },
  {
    // What runs in browsers: it asks the API, whose answers it has the types of, and computes no state.
    files: ['services/console/web/src/**/*.{ts,tsx}'],
    ignores: ['**/*.test.ts'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'no-restricted-syntax': [
        'error',
        ...NAMED_EXPORTS,
        {
          selector: "ImportDeclaration[importKind!='type'][source.value=/api.contract/]",
          message: 'Types alone: the shapes themselves would bring zod into the browser.',
        },
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'What events say is text, never markup.',
        },
      ],
      ...banned(
        ['node:*', '@burnline/*', 'zod'],
        'The browser has the API alone: ask it, and import the types of its answers.',
      ),
    },
  },
  {
    // Its tool asks for a default export.
    files: ['services/console/web/vite.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      'max-lines-per-function': 'off',
      // A seed that is not printed cannot be used again.
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.recommended],
    rules: { 'no-restricted-syntax': ['error', KAFKAJS_INTERNALS] },
  },
);
