/** The answer to a trace as `--json` prints it (cli.md, schema netmap.trace/1). */
import type { Disposition, FlowView, Hop, RejectReply, RuleCite } from '../../datapath/types.js'
import type { Gap } from '../../model/refs.js'

export interface PathAnswer {
  readonly disposition: Disposition
  /** readable alone: what became of the packet */
  readonly verdict: string
  /** the rule that ended it, where a rule did */
  readonly rule: RuleCite | null
  /** what the sender gets back, where it was rejected */
  readonly reject: RejectReply | null
  /** the flow where the path ended */
  readonly final: FlowView
  readonly hops: readonly Hop[]
  readonly gaps: readonly Gap[]
  /** a safe thing to try, where there is one */
  readonly remedy: string | null
}

export interface Alternative {
  /** what must be so for this outcome, in words */
  readonly given: readonly string[]
  readonly disposition: Disposition
  readonly verdict: string
  readonly hops: readonly Hop[]
  readonly reply: PathAnswer | null
}

export interface TraceAnswer {
  readonly schema: 'netmap.trace/1'
  readonly flow: FlowView
  readonly from: string
  readonly to: string
  readonly disposition: Disposition
  readonly verdict: string
  readonly rule: RuleCite | null
  readonly reject: RejectReply | null
  readonly remedy: string | null
  readonly final: FlowView
  readonly hops: readonly Hop[]
  readonly reply: PathAnswer | null
  /** other outcomes, where state alone cannot decide; `given` of the first one is what the main answer assumes */
  readonly alternatives: readonly Alternative[]
  readonly given: readonly string[]
  readonly gaps: readonly Gap[]
}

const YES: ReadonlySet<Disposition> = new Set<Disposition>(['delivered', 'exits'])

/**
 * 0: it arrives and the answer comes back. 1: it does not, whatever is undecidable. 3: what decides could not be seen, or outcomes that
 * state cannot choose between differ.
 */
export const exitCodeOf = (answer: TraceAnswer): 0 | 1 | 3 => {
  const outcomes = [answer, ...answer.alternatives].map((one) => verdictOf(one.disposition, one.reply?.disposition ?? null))
  const first = outcomes[0] ?? 3
  return outcomes.every((outcome) => outcome === first) ? first : 3
}

const verdictOf = (there: Disposition, back: Disposition | null): 0 | 1 | 3 => {
  if (there === 'insufficient-info') return 3
  if (!YES.has(there)) return 1
  if (back === 'insufficient-info') return 3
  return back === null || YES.has(back) ? 0 : 1
}
