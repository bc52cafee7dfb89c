/**
 * One netfilter hook: every function registered there, in the kernel's order of priorities (include/uapi/linux/netfilter_ipv4.h):
 * raw −300, conntrack −200, mangle −150, NAT of destinations −100, filter 0, security 50, NAT of sources 100, confirm last.
 *
 * In: a packet at a hook. Out: the verdict, the packet after marks, NAT and tracking, and a step for whatever had a say.
 */
import type { Ip } from '../../ip/types.js'
import type { Hook } from '../../model/rule.js'
import { equalIp } from '../../ip/index.js'
import { track } from '../conntrack.js'
import { flowView } from '../flow.js'
import { type Side, translate } from '../nat.js'
import type { Cite, HookContext, HookResult, HookVerdict, Packet, RuleCite, Step } from '../types.js'
import { type ChainResult, runChain } from './chain.js'
import { bindFlow } from './nat-hook.js'
import { type BaseChain, planOf } from './order.js'
import { rejectReply } from './reject.js'

export interface HookInput extends HookContext {
  /** where POSTROUTING's packet goes next */
  readonly nextHop: Ip | null
}

const SIDE: Readonly<Record<string, Side>> = { prerouting: 'dst', output: 'dst', input: 'src', postrouting: 'src' }
const NAT_PRIORITY: Readonly<Record<string, number>> = { prerouting: -100, output: -100, input: 100, postrouting: 100 }

type Function =
  | { readonly priority: number; readonly kind: 'chain'; readonly base: BaseChain }
  | { readonly priority: number; readonly kind: 'track' | 'nat' | 'confirm' }

const functions = (context: HookInput, hook: Hook, packet: Packet): readonly Function[] => {
  const plan = planOf(context.ns, packet.family, hook)
  const list: Function[] = plan.chains.map((base): Function => ({ priority: base.priority, kind: 'chain', base }))
  if (plan.tracking && (hook === 'prerouting' || hook === 'output')) list.push({ priority: -200, kind: 'track' })
  if (plan.tracking && plan.translating && hook in NAT_PRIORITY) list.push({ priority: NAT_PRIORITY[hook] ?? 0, kind: 'nat' })
  if (plan.tracking && (hook === 'input' || hook === 'postrouting')) list.push({ priority: 2 ** 31 - 1, kind: 'confirm' })
  /** a chain at conntrack's or NAT's own priority was registered after it, and so runs before it */
  return list.toSorted((a, b) => a.priority - b.priority || Number(a.kind !== 'chain') - Number(b.kind !== 'chain'))
}

/** Steps cite commands by evidence id here; the walk turns ids into command lines. */
const citesOf = (rules: readonly RuleCite[], context: HookInput): readonly Cite[] =>
  rules.map((rule) => ({ command: rule.ref.evidence, namespace: context.ns.name, line: rule.ref.line, text: rule.ref.text }))

const filterStep = (result: ChainResult, context: HookInput, decision: string): Step => {
  const last = result.trail.at(-1)
  const what = last ? `${last.table} ${last.chain} ${last.rule === 0 ? 'policy' : `#${last.rule}`}` : ''
  return { kind: 'filter', summary: `${what}: ${decision}`, decision, evidence: citesOf(result.trail, context), certainty: 'observed', rules: result.trail }
}

const changeSteps = (result: ChainResult, context: HookInput): readonly Step[] =>
  result.changes
    .filter(({ before, after }) => before.mark !== after.mark || before.ttl !== after.ttl)
    .map(({ before, after, by }) => ({
      kind: 'mark',
      summary: before.mark === after.mark ? `TTL ${before.ttl} → ${after.ttl}` : `mark 0x${before.mark.toString(16)} → 0x${after.mark.toString(16)}`,
      decision: before.mark === after.mark ? 'ttl' : 'mark',
      before: flowView(before),
      after: flowView(after),
      evidence: citesOf([by], context),
      certainty: 'observed',
      rules: [by],
    }))

const final = (result: ChainResult, packet: Packet): HookVerdict | null => {
  const { verdict } = result
  const by = result.trail.at(-1)
  if (!by) return null
  switch (verdict.kind) {
    case 'accept':
    case 'nat':
      return null
    case 'drop':
      return { kind: 'drop', by }
    case 'reject':
      return { kind: 'reject', by, reply: rejectReply(verdict.with, packet.family) }
    case 'stolen':
    case 'unknown':
      return { kind: verdict.kind, by, why: verdict.why }
  }
}

/** A chain that holds no rule and accepts has nothing to say; one whose policy alone spoke does. */
const speaks = (result: ChainResult, base: BaseChain): boolean => result.matched ? result.trail.at(-1)?.rule !== 0 || base.chain.rules.length > 0 : base.chain.rules.length > 0 || base.chain.base?.policy === 'drop'

const routingKey = (packet: Packet): readonly unknown[] => [packet.mark, packet.tos]

export const runHook = (context: HookInput, hook: Hook, start: Packet): HookResult => {
  let packet = start
  const steps: Step[] = []
  let reroute = false
  const done = (verdict: HookVerdict): HookResult => ({ verdict, packet, steps, reroute })
  for (const one of functions(context, hook, packet)) {
    switch (one.kind) {
      case 'track':
        packet = { ...packet, ct: track(context.ns, context.conntrack, packet) }
        break
      case 'confirm': {
        const entry = packet.ct?.entry
        if (entry && !entry.confirmed) {
          entry.confirmed = true
          context.conntrack.add(entry)
        }
        break
      }
      case 'nat': {
        const side = SIDE[hook] ?? 'dst'
        const bound = bindFlow(context, hook, side, packet)
        if (bound.verdict) return done(bound.verdict)
        const after = translate(packet, side)
        const step = natStep(packet, after, side, context)
        if (step) steps.push(step)
        if (hook === 'output' && !equalIp(after.dst, packet.dst)) reroute = true
        packet = after
        break
      }
      case 'chain': {
        const before = packet
        const result = runChain(one.base.table, one.base.chain, context, packet)
        packet = result.packet
        steps.push(...changeSteps(result, context))
        const verdict = final(result, packet)
        if (verdict && !(context.permissive && (verdict.kind === 'drop' || verdict.kind === 'reject'))) {
          steps.push(filterStep(result, context, result.verdict.kind === 'reject' ? 'reject' : result.verdict.kind === 'drop' ? 'drop' : 'unknown'))
          return done(verdict)
        }
        if (speaks(result, one.base) && (one.base.chain.base?.type === 'filter') && one.base.priority >= 0) steps.push(filterStep(result, context, 'accept'))
        if (hook === 'output' && one.base.chain.base?.type === 'route' && routingKey(before).some((value, index) => value !== routingKey(packet)[index])) reroute = true
        break
      }
    }
  }
  return done({ kind: 'accept' })
}

/** A translation that changed something, with the rule that once bound the flow. */
const natStep = (before: Packet, after: Packet, side: Side, context: HookInput): Step | null => {
  const entry = after.ct?.entry
  const reply = after.ct?.dir === 'reply'
  if (!entry || after === before) return null
  const by = reply ? (side === 'src' ? entry.dstBy : entry.srcBy) : side === 'src' ? entry.srcBy : entry.dstBy
  const decision = reply ? 'un-nat' : (by?.decision ?? (side === 'src' ? 'snat' : 'dnat'))
  const rules = by ? [by.cite] : []
  return {
    kind: 'nat',
    summary: reply ? `translation undone` : decision,
    decision,
    before: flowView({ ...before, ct: null }),
    after: flowView(after),
    evidence: citesOf(rules, context),
    certainty: 'observed',
    rules,
  }
}
