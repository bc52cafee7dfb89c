/**
 * The words of collection: a probe is a command worth running, evidence is what came back, a snapshot is all of it.
 * Values only; the code that runs a probe lives in src/host.
 */

/**
 * How a probe ended. `ok` is exit status 0. A tool that is not installed, a permission that is missing, a time bound that was hit
 * are outcomes like any other: never exceptions.
 */
export type Outcome = 'ok' | 'failed' | 'denied' | 'missing-tool' | 'timeout' | 'truncated' | 'not-recorded'

/** Where a probe runs: a machine, and in it one network namespace (null: whichever the transport lands in). */
export interface Place {
  /** machine folder in a snapshot, e.g. "linux" */
  readonly machine: string
  /** namespace folder in a snapshot: "host" for the namespace netmap runs in, else "net-<inode>"; null for probes about the machine */
  readonly namespace: string | null
}

export interface Probe extends Place {
  /**
   * Identity inside a snapshot, and the path of its output there: "<machine>/<namespace>/<command>.json|txt"
   * (`<machine>/<command>.txt` when namespace is null). [a-zA-Z0-9._-] and "/" only, no "." or ".." segment.
   */
  readonly id: string
  /** the command as a person would type it; never pasted into a shell line unquoted */
  readonly argv: readonly string[]
  /** nsfs path to enter first ("/proc/4711/ns/net", "/proc/1/root/run/netns/blue"); absent: run where netmap is */
  readonly enter?: string
  readonly format: 'json' | 'text'
  /** milliseconds */
  readonly timeoutMs: number
  /** bytes of stdout kept; more is cut and the outcome is `truncated` */
  readonly maxBytes: number
  /** run only where this holds; where it does not, the evidence is `ok` with empty stdout and `skipped` says why */
  readonly when?: Guard
}

/** Cheap conditions the shell program checks inside the namespace, so that a tool is not started for tables that do not exist. */
export type Guard =
  | { readonly kind: 'file-not-empty'; readonly path: string }
  | { readonly kind: 'file-not-zero'; readonly path: string }
  /** an earlier probe of the same namespace printed one of these */
  | { readonly kind: 'output-contains'; readonly probe: string; readonly texts: readonly string[] }
  /** an earlier probe printed something; with orFailed also where it could not be run */
  | { readonly kind: 'output-not-empty'; readonly probe: string; readonly orFailed?: boolean }
  | { readonly kind: 'any'; readonly of: readonly Guard[] }

export interface Evidence {
  readonly probe: Probe
  readonly outcome: Outcome
  /** exit status; null where the process did not end by itself */
  readonly status: number | null
  readonly stdout: string
  /** at most 4 KiB */
  readonly stderr: string
  /** milliseconds; 0 where the transport could not measure it */
  readonly durationMs: number
  /** set when `when` did not hold: the reason in words */
  readonly skipped?: string
}

export type Platform = 'linux' | 'darwin' | 'win32'

export interface Machine {
  /** the folder name: "linux" */
  readonly id: string
  /** host name as the machine says it, shown in hops */
  readonly name: string
  readonly platform: Platform
}

/** Something that was dropped or replaced for privacy, in words a user understands. */
export interface Redaction {
  readonly what: string
  readonly where: string
  readonly count: number
}

export interface Snapshot {
  readonly schema: 'netmap.snapshot/1'
  /** netmap version that recorded it */
  readonly version: string
  /** ISO 8601, UTC */
  readonly recordedAt: string
  readonly machines: readonly Machine[]
  /** by probe id, in the order they were asked */
  readonly evidence: ReadonlyMap<string, Evidence>
  readonly redactions: readonly Redaction[]
}

/** What is being asked, so that `plan` asks the host for no more than that. */
export type Question =
  | { readonly kind: 'everything' }
  | { readonly kind: 'tables'; readonly of: 'links' | 'networks' | 'namespaces' | 'routes' | 'nat' | 'ports' }
  /** endpoints as the user wrote them; `namespaces` grows while the trace discovers where the path leads */
  | { readonly kind: 'trace'; readonly from: string; readonly to: string; readonly namespaces: readonly string[] }
