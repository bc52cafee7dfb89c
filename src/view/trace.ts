/**
 * A path → rows for a terminal: where the packet is on the left, what happens to it in the middle, the reason on the right.
 * In: hops with every step. Out: what a person needs, nothing twice. Strings are still raw: the renderer escapes them.
 */
import type { FlowView, Hop, RuleCite, Step } from '../datapath/types.js'

export interface PathRow {
  /** shown where it changes */
  readonly place: string
  readonly what: string
  /** one reason per line */
  readonly why: readonly string[]
  readonly tone: 'plain' | 'change' | 'stop' | 'gap'
  readonly step: Step
}

const address = (ip: string, port: number | null | 'any'): string => (port === null ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)

/** "172.17.0.2 → 192.0.2.10": only what the translation changed. */
const change = (before: FlowView, after: FlowView): string => {
  const parts: string[] = []
  const ports = (a: number | null | 'any', b: number | null | 'any'): boolean => a !== b && a !== null
  if (before.src !== after.src || ports(before.sport, after.sport)) {
    const shown = ports(before.sport, after.sport)
    parts.push(`${address(before.src, shown ? before.sport : null)} → ${address(after.src, shown ? after.sport : null)}`)
  }
  if (before.dst !== after.dst || before.dport !== after.dport) {
    const shown = before.dport !== after.dport
    parts.push(`${address(before.dst, shown ? before.dport : null)} → ${address(after.dst, shown ? after.dport : null)}`)
  }
  if (before.mark !== after.mark) parts.push(`mark 0x${before.mark.toString(16)} → 0x${after.mark.toString(16)}`)
  return parts.join(', ')
}

/** "nat POSTROUTING #1  -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE": the chain is said once, in front. */
export const ruleLine = (rule: RuleCite): string => {
  const text = rule.text.replace(new RegExp(`^-A ${rule.chain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} `), '').replace(/^:\S+ /, 'policy ')
  const family = rule.system === 'nft' ? `${rule.family} ` : ''
  return rule.rule === 0 ? `${family}${rule.table} ${rule.chain}  ${policy(rule.text)}` : `${family}${rule.table} ${rule.chain} #${rule.rule}  ${text}`
}

const policy = (text: string): string => `policy ${/\b(accept|drop)\b/i.exec(text)?.[1]?.toUpperCase() ?? text}`

const rulesOf = (step: Step): readonly string[] => (step.rules ?? []).map(ruleLine)

const rowOf = (step: Step, hop: Hop): Omit<PathRow, 'place' | 'step'> | null => {
  switch (step.kind) {
    case 'emit':
      return null
    case 'neighbour':
      return null
    case 'enter':
      return { what: `${hop.interface ?? ''}  ${step.summary.startsWith('port of') ? step.summary.replace('port of', 'on') : ''}`.trim(), why: [], tone: 'plain' }
    case 'veth':
      return { what: step.summary.split(' (')[0] ?? step.summary, why: step.decision === 'confirmed' ? [] : [`pairing ${step.decision}`], tone: 'plain' }
    case 'route':
      return { what: 'route', why: [step.decision === 'main' || step.decision === '' ? step.summary : `${step.summary}, table ${step.decision}`], tone: 'plain' }
    case 'forward':
      return { what: step.summary.replace(/, TTL.*/, ''), why: [], tone: 'plain' }
    case 'filter':
      if (step.decision === 'accept' || step.decision === 'continue') return { what: 'accept', why: rulesOf(step), tone: 'plain' }
      return { what: step.decision, why: rulesOf(step).length > 0 ? rulesOf(step) : [step.summary], tone: 'stop' }
    case 'nat':
    case 'mark': {
      const changed = step.before && step.after ? change(step.before, step.after) : ''
      if (changed === '' && step.kind === 'nat') return null
      return { what: step.decision, why: [changed, ...rulesOf(step)].filter((line) => line !== ''), tone: 'change' }
    }
    case 'bridge':
      return { what: step.summary, why: [], tone: 'plain' }
    case 'relay':
      return { what: 'relay', why: [step.summary], tone: 'change' }
    case 'tunnel':
      return { what: 'tunnel', why: [step.summary], tone: 'change' }
    case 'deliver':
      return { what: 'delivered', why: [step.summary], tone: 'plain' }
    case 'exit':
      return { what: 'exits', why: [step.summary], tone: 'plain' }
    case 'drop':
      return { what: step.decision, why: [step.summary], tone: 'stop' }
    case 'gap':
      return { what: 'not visible', why: [step.summary], tone: 'gap' }
  }
}

/** `seal` marks the machine where there is more than one: "web", "host (ubuntu)". */
export const pathRows = (hops: readonly Hop[]): readonly PathRow[] => {
  const machines = new Set(hops.map((hop) => hop.host))
  const rows: PathRow[] = []
  for (const hop of hops)
    for (const step of hop.steps) {
      const row = rowOf(step, hop)
      if (!row) continue
      const place = machines.size > 1 ? `${hop.namespace} (${hop.host})` : hop.namespace
      const last = rows.at(-1)
      if (last && last.what === row.what && last.place === place && row.why.length === 0 && last.why.length === 0) continue
      rows.push({ place, ...row, step })
    }
  return rows
}
