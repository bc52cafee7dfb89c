/** What `netmap record` says it did, and what a dry run says it would do. */
import type { Gap } from '../model/refs.js'
import type { Redaction } from './types.js'

export interface PlannedCommand {
  readonly argv: readonly string[]
  /** where it runs, in words */
  readonly where: string
  /** what must be so for it to be run at all; null: always */
  readonly when: string | null
}

export interface Recorded {
  readonly schema: 'netmap.record/1'
  readonly folder: string
  readonly commands: number
  readonly namespaces: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly redactions: readonly Redaction[]
  readonly gaps: readonly Gap[]
}
