/**
 * One base chain against one packet: rules in order, jumps on a stack, the first final verdict wins, else the policy.
 * Kernel: net/netfilter/nf_tables_core.c:nft_do_chain, net/ipv4/netfilter/ip_tables.c:ipt_do_table.
 */
import type { NftExpr } from '../../model/nft-expr.js'
import type { Action, Chain, Match, NatTarget, Rule, RuleTable } from '../../model/rule.js'
import type { HookContext, Packet, RuleCite } from '../types.js'
import { describeMatch, matches, type Tri } from './match.js'
import { lookUp } from './nft-match.js'
import { applyAction } from './mangle.js'

export type ChainVerdict =
  | { readonly kind: 'accept' | 'drop' }
  | { readonly kind: 'reject'; readonly with: string }
  /** a NAT statement bound the flow; only in nat chains */
  | { readonly kind: 'nat'; readonly nat: NatTarget }
  | { readonly kind: 'stolen' | 'unknown'; readonly why: string }

export interface ChainResult {
  readonly verdict: ChainVerdict
  readonly packet: Packet
  /** the jumps that led to the rule that decided, and that rule; one entry with rule 0 is the policy */
  readonly trail: readonly RuleCite[]
  /** rules that changed the packet on the way, with the packet before and after */
  readonly changes: readonly { readonly before: Packet; readonly after: Packet; readonly by: RuleCite }[]
  /** false: no rule matched, so only the policy spoke */
  readonly matched: boolean
}

export const citeRule = (table: RuleTable, chain: Chain, rule: Rule | null): RuleCite => ({
  system: table.system,
  family: table.family,
  table: table.name,
  chain: chain.name,
  rule: rule?.number ?? 0,
  handle: rule?.handle ?? null,
  text: rule?.text ?? chain.ref.text,
  ref: rule?.ref ?? chain.ref,
})

interface Frame {
  readonly chain: Chain
  at: number
  /** the jump that entered this chain, for the trail */
  readonly by: Rule | null
  readonly from: Chain | null
}

type Outcome =
  | { readonly kind: 'next' }
  | { readonly kind: 'return' }
  | { readonly kind: 'enter'; readonly chain: string; readonly goto: boolean }
  | { readonly kind: 'final'; readonly verdict: ChainVerdict }

const NEXT: Outcome = { kind: 'next' }
const RETURN: Outcome = { kind: 'return' }

/** All matches in order; the first that is false ends the rule, as it does in the kernel. */
const ruleMatches = (rule: Rule, context: HookContext, packet: Packet, table: RuleTable): { readonly answer: Tri; readonly vague: Match | null } => {
  let vague: Match | null = null
  for (const expr of rule.exprs) {
    if (expr.is !== 'match') continue
    const answer = matches(expr.match, context, packet, table)
    if (answer === false) return { answer: false, vague: null }
    if (answer === 'unknown') vague ??= expr.match
  }
  return { answer: vague ? 'unknown' : true, vague }
}

const harmless = (rule: Rule): boolean => rule.exprs.every((expr) => expr.is === 'match' || expr.action.kind === 'note' || (expr.action.kind === 'verdict' && expr.action.verdict === 'continue'))

const verdictOf = (data: NftExpr): Outcome | null => {
  if (data.kind !== 'verdict') return null
  switch (data.verdict) {
    case 'accept':
    case 'drop':
      return { kind: 'final', verdict: { kind: data.verdict } }
    case 'return':
      return RETURN
    case 'jump':
    case 'goto':
      return data.chain === null ? null : { kind: 'enter', chain: data.chain, goto: data.verdict === 'goto' }
    default:
      return NEXT
  }
}

const act = (action: Action, context: HookContext, packet: Packet, table: RuleTable, name: string): Outcome => {
  switch (action.kind) {
    case 'verdict':
      return action.verdict === 'return' ? RETURN : action.verdict === 'continue' ? NEXT : { kind: 'final', verdict: { kind: action.verdict } }
    case 'jump':
    case 'goto':
      return { kind: 'enter', chain: action.chain, goto: action.kind === 'goto' }
    case 'reject':
      return { kind: 'final', verdict: { kind: 'reject', with: action.with } }
    case 'nat':
      return { kind: 'final', verdict: { kind: 'nat', nat: action.nat } }
    case 'vmap': {
      const found = lookUp(action.key, action.data, context, packet, table)
      if (found.kind === 'miss') return NEXT
      if (found.kind === 'hit') return verdictOf(found.data) ?? NEXT
      const pairs = action.data.kind === 'mapping' ? action.data.pairs : []
      const options = pairs.map(([, data]) => (data.kind === 'verdict' ? `${data.verdict}${data.chain ? ` ${data.chain}` : ''}` : data.kind))
      const picked = context.choose(`${found.what} in ${name}`, ['no entry', ...options])
      const data = pairs[picked - 1]?.[1]
      return data ? (verdictOf(data) ?? NEXT) : NEXT
    }
    case 'opaque':
      return { kind: 'final', verdict: { kind: 'stolen', why: action.what } }
    default:
      return NEXT
  }
}

/** More rules than any packet visits on a real host; a chain that jumps in a circle cannot be loaded into a kernel. */
const BOUND = 200_000

export const runChain = (table: RuleTable, base: Chain, context: HookContext, start: Packet): ChainResult => {
  const stack: Frame[] = [{ chain: base, at: 0, by: null, from: null }]
  const changes: { before: Packet; after: Packet; by: RuleCite }[] = []
  let packet = start
  let matched = false
  const trail = (rule: Rule, chain: Chain): readonly RuleCite[] => [
    ...stack.flatMap((frame) => (frame.by && frame.from ? [citeRule(table, frame.from, frame.by)] : [])),
    citeRule(table, chain, rule),
  ]
  for (let visited = 0; visited < BOUND; visited += 1) {
    const frame = stack.at(-1)
    if (!frame) break
    const rule = frame.chain.rules[frame.at]
    if (!rule) {
      stack.pop()
      continue
    }
    frame.at += 1
    const { answer, vague } = ruleMatches(rule, context, packet, table)
    if (answer === false) continue
    const name = `${table.name} ${frame.chain.name} #${rule.number}`
    if (answer === 'unknown') {
      if (harmless(rule)) continue
      if (context.choose(`${vague ? describeMatch(vague) : 'a match'} in ${name}`, ['does not match', 'matches']) === 0) continue
    }
    for (const expr of rule.exprs) {
      if (expr.is !== 'action') continue
      const after = applyAction(expr.action, context, packet, table)
      if (after !== packet) {
        changes.push({ before: packet, after, by: citeRule(table, frame.chain, rule) })
        packet = after
        matched = true
      }
      const outcome = act(expr.action, context, packet, table, name)
      if (outcome.kind === 'next') continue
      if (outcome.kind === 'return') {
        stack.pop()
        break
      }
      if (outcome.kind === 'final') return { verdict: outcome.verdict, packet, trail: trail(rule, frame.chain), changes, matched: true }
      const chain = table.chains.get(outcome.chain)
      if (!chain)
        return { verdict: { kind: 'unknown', why: `chain ${outcome.chain} was not recorded` }, packet, trail: trail(rule, frame.chain), changes, matched: true }
      /** goto: a return skips this chain and resumes after the jump that entered it */
      if (outcome.goto) stack.pop()
      stack.push({ chain, at: 0, by: rule, from: frame.chain })
      break
    }
  }
  return { verdict: { kind: base.base?.policy ?? 'accept' }, packet, trail: [citeRule(table, base, null)], changes, matched }
}
