/**
 * Exit codes (cli.md) and who can act on an error: the user (2), whoever runs the host (4), us (70). A command that fails on a host is
 * none of these: it is an outcome, and a gap in the answer.
 */
export const EXIT = { yes: 0, no: 1, usage: 2, cannotTell: 3, unreadable: 4, bug: 70, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface Failure {
  readonly exit: ExitCode
  readonly code: string
  readonly message: string
  readonly suggestions: readonly string[]
}

const suggestionsOf = (error: Error): readonly string[] =>
  'suggestions' in error && Array.isArray(error.suggestions) ? error.suggestions.filter((one): one is string => typeof one === 'string') : []

const oclifExit = (error: Error): number | undefined => (error as { readonly oclif?: { readonly exit?: number } }).oclif?.exit

/** Any thrown thing → what to say and how to exit. */
export const failureOf = (thrown: unknown): Failure => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const suggestions = suggestionsOf(error)
  switch (error.name) {
    case 'UsageError':
    case 'SnapshotError':
      return { exit: EXIT.usage, code: error.name === 'UsageError' ? 'EUSAGE' : 'ESNAPSHOT', message: error.message, suggestions }
    case 'HostError':
      return { exit: EXIT.unreadable, code: 'EHOST', message: error.message, suggestions }
    default:
      break
  }
  const exit = oclifExit(error)
  if (exit !== undefined && exit !== 1) return { exit: exit === 130 ? EXIT.interrupted : EXIT.usage, code: 'EUSAGE', message: error.message, suggestions }
  return {
    exit: EXIT.bug,
    code: 'EBUG',
    message: `this is a bug in netmap: ${error.message}`,
    suggestions: ['run it again with DEBUG=netmap to see where', 'please report it, with `netmap record` of the host if you may'],
  }
}
