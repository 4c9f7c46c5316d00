// What the conformance suite finds and Gatepass leaves as it is, each with the reason. A failure that is not here fails
// the tests, and so does one that is here and no longer happens.

/** The revisions of the protocol whose server scenarios run; of 2025-03-26 the suite only looks at sessions. */
export const REVISIONS = ['2025-06-18', '2025-11-25', '2026-07-28'] as const;

/** The clients as which the suite meets the authorization server. */
export const CLIENTS = ['registered dynamically', 'with a client ID document', 'with a secret'] as const;

export type Run = (typeof REVISIONS)[number] | (typeof CLIENTS)[number];

interface Expected {
  reason: string;
  /** Runs, and what fails in each of them: `scenario:check`, or the scenario alone when its check has the same name. */
  fails: [readonly Run[], string[]][];
}

const LEGACY = ['2025-06-18', '2025-11-25'] as const;
const MODERN = ['2026-07-28'] as const;

const BASELINE: Expected[] = [
  {
    reason: 'Gatepass has no prompts, declares none, and answers that there is no such method.',
    fails: [
      [
        REVISIONS,
        [
          'prompts-list',
          'prompts-get-simple',
          'prompts-get-with-args',
          'prompts-get-embedded-resource',
          'prompts-get-with-image',
        ],
      ],
      [
        MODERN,
        [
          'caching:sep-2549-prompts-list-caching-hints',
          'input-required-result-non-tool-request:sep-2322-non-tool-incomplete',
        ],
      ],
    ],
  },
  {
    reason: 'Gatepass has no resources, declares none, and answers that there is no such method.',
    fails: [
      [REVISIONS, ['resources-list', 'resources-read-text', 'resources-read-binary', 'resources-templates-read']],
      [LEGACY, ['resources-subscribe', 'resources-unsubscribe']],
      [
        MODERN,
        [
          'caching:sep-2549-resources-list-caching-hints',
          'caching:sep-2549-resources-templates-list-caching-hints',
          'sep-2164-resource-not-found:sep-2164-error-code',
          'sep-2164-resource-not-found:sep-2164-data-uri',
        ],
      ],
    ],
  },
  {
    reason: 'Gatepass completes no arguments, and does not declare that it does.',
    fails: [[REVISIONS, ['completion-complete']]],
  },
  {
    reason: 'Gatepass sends clients no log messages, and does not declare that it does.',
    fails: [[LEGACY, ['logging-set-level', 'tools-call-with-logging']]],
  },
  {
    reason: 'Streams that are polled or resumed belong to a session; Gatepass has none (M7).',
    fails: [
      [
        ['2025-11-25'],
        [
          'server-sse-polling:server-sse-polling-session',
          'server-sse-multiple-streams:server-sse-multiple-streams-session',
        ],
      ],
    ],
  },
  {
    reason: "The scenario calls a tool of the suite's own test server; Gatepass lists only its own.",
    fails: [
      [
        REVISIONS,
        [
          'tools-call-simple-text',
          'tools-call-image',
          'tools-call-audio',
          'tools-call-embedded-resource',
          'tools-call-mixed-content',
          'tools-call-error',
          'tools-call-with-progress',
        ],
      ],
      [LEGACY, ['tools-call-sampling', 'tools-call-elicitation']],
      [
        ['2025-11-25'],
        [
          'elicitation-sep1034-defaults:elicitation-sep1034-general',
          'elicitation-sep1330-enums:elicitation-sep1330-general',
        ],
      ],
      [['2025-11-25', '2026-07-28'], ['json-schema-2020-12:json-schema-2020-12-tool-found']],
      [
        MODERN,
        [
          'server-stateless:sep-2575-server-rejects-undeclared-capability',
          'server-stateless:sep-2575-missing-capability-http-400',
          'server-stateless:sep-2575-http-server-no-independent-requests-on-stream',
          'server-stateless:sep-2575-server-no-log-without-loglevel',
          'input-required-result-basic-elicitation:sep-2322-elicitation-incomplete',
          'input-required-result-basic-list-roots:sep-2322-list-roots-incomplete',
          'input-required-result-basic-sampling:sep-2322-sampling-incomplete',
          'input-required-result-capability-check:sep-2322-respect-client-capabilities',
          'input-required-result-ignore-extra-params:sep-2322-ignore-unexpected-params',
          'input-required-result-missing-input-response:sep-2322-missing-response-rerequests',
          'input-required-result-multi-round:sep-2322-multi-round-r1',
          'input-required-result-multiple-input-requests:sep-2322-multiple-inputs-incomplete',
          'input-required-result-request-state:sep-2322-request-state-incomplete',
          'input-required-result-result-type:sep-2322-result-type-included',
          'input-required-result-tampered-state:sep-2322-reject-tampered-state',
        ],
      ],
    ],
  },
  {
    reason: 'No tool of Gatepass takes an argument from a header (`x-mcp-header`).',
    fails: [
      [
        MODERN,
        [
          'http-custom-header-server-validation:sep-2243-server-no-xmcp-tool',
          'http-custom-header-server-validation:sep-2243-server-decode-base64',
          'http-custom-header-server-validation:sep-2243-server-validate-param-match',
          'http-custom-header-server-validation:sep-2243-server-reject-invalid-param-chars',
          'http-custom-header-server-validation:sep-2243-server-reject-param-mismatch',
        ],
      ],
    ],
  },
  {
    reason: 'Where a server also has public clients, the suite keeps the secret to itself; Gatepass insists on it (T3).',
    fails: [[['with a secret'], ['authorization-code-grant']]],
  },
];

/** What fails in a run. */
export function expectedFailures(run: Run): string[] {
  return BASELINE.flatMap(({ fails }) => fails)
    .filter(([runs]) => runs.includes(run))
    .flatMap(([, checks]) => checks);
}
