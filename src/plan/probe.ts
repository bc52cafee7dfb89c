/** Probes as values: the small constructors that every plan uses. */
import type { Guard, Probe } from '../evidence/types.js'

export interface Bounds {
  /** milliseconds that one command may take */
  readonly timeoutMs: number
}

/** More than the largest table seen on a host of 2,000 containers; what is cut is said. */
export const MAX_BYTES = 32 * 1024 * 1024

interface Options {
  readonly enter?: string
  readonly when?: Guard
}

export const probe = (machine: string, namespace: string | null, file: string, argv: readonly string[], bounds: Bounds, options: Options = {}): Probe => ({
  id: namespace === null ? `${machine}/${file}` : `${machine}/${namespace}/${file}`,
  machine,
  namespace,
  argv,
  format: file.endsWith('.json') ? 'json' : 'text',
  timeoutMs: bounds.timeoutMs,
  maxBytes: MAX_BYTES,
  ...(options.enter === undefined ? {} : { enter: options.enter }),
  ...(options.when === undefined ? {} : { when: options.when }),
})
