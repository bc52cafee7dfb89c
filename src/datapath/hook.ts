/** Runs one netfilter hook for a stage: its steps go to the trail, a verdict other than accept ends the walk. */
import type { Ip } from '../ip/types.js'
import type { Namespace } from '../model/graph.js'
import type { Hook } from '../model/rule.js'
import { runHook } from './netfilter/hooks.js'
import { cites } from './cite.js'
import type { Packet, RuleCite, Step } from './types.js'
import { type End, end, hookContext, type Walk } from './walk.js'

export type Passed = { readonly packet: Packet; readonly reroute: boolean; readonly end: null } | { readonly end: End }

export const ruleName = (by: RuleCite): string =>
  by.rule === 0 ? `${by.table} ${by.chain} policy` : `${by.table} ${by.chain} #${by.rule}`

/** Rules cite the evidence they were read from by its id; users know the command. */
const commands = (walk: Walk, one: Step): Step => ({
  ...one,
  evidence: one.rules ? cites(walk.graph, one.rules.map((rule) => rule.ref)) : one.evidence,
})

/** `nextHop`: where POSTROUTING's packet goes next, which decides the address that MASQUERADE takes. */
export const passHook = (walk: Walk, ns: Namespace, hook: Hook, packet: Packet, nextHop: Ip | null = null): Passed => {
  const result = runHook({ ...hookContext(walk, ns), nextHop }, hook, packet)
  walk.trail.add(...result.steps.map((one) => commands(walk, one)))
  const { verdict } = result
  switch (verdict.kind) {
    case 'accept':
      return { packet: result.packet, reroute: result.reroute, end: null }
    case 'drop':
      return { end: end('denied', ns, result.packet, `dropped by ${ruleName(verdict.by)}`, { by: verdict.by }) }
    case 'reject':
      return {
        end: end('rejected', ns, result.packet, `rejected by ${ruleName(verdict.by)} with ${verdict.reply.with}`, {
          by: verdict.by,
          reject: verdict.reply,
        }),
      }
    case 'stolen':
    case 'unknown': {
      const gap = {
        about: `${ruleName(verdict.by)}: ${verdict.why}`,
        because: 'unsupported' as const,
        remedy: `see what the rule does with the packet: ${verdict.by.text}`,
      }
      walk.gaps.push(gap)
      return { end: end('insufficient-info', ns, result.packet, gap.about, { by: verdict.by, gap }) }
    }
  }
}
