/** What every host can do: answer probes. Nothing else of a machine is visible above src/host. */
import type { Evidence, Machine, Probe } from '../evidence/types.js'

export interface Host {
  readonly machine: Machine
  /** Many probes at once, answered in the order they were asked. A command that fails is an outcome; only a host that cannot be read at all throws. */
  run(probes: readonly Probe[]): Promise<readonly Evidence[]>
}

/** The host could not be read at all: no shell, no such transport. Exit code 4. */
export class HostError extends Error {
  readonly suggestions: readonly string[]
  constructor(message: string, suggestions: readonly string[] = []) {
    super(message)
    this.name = 'HostError'
    this.suggestions = suggestions
  }
}
