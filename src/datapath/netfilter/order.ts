/**
 * Which hook functions a namespace runs at a hook, in which order.
 *
 * Kernel: net/netfilter/core.c:nf_hook_entries_grow puts a function before those of equal priority: the last registered runs first. Of
 * nft tables the handle tells which is newer; between legacy and nft nothing does.
 */
import type { Family } from '../../ip/types.js'
import type { Namespace } from '../../model/graph.js'
import type { Chain, Expr, Hook, RuleFamily, RuleTable } from '../../model/rule.js'

export interface BaseChain {
  readonly table: RuleTable
  readonly chain: Chain
  readonly priority: number
}

export interface HookPlan {
  /** chains that filter or mangle, by priority */
  readonly chains: readonly BaseChain[]
  /** all nat chains: asked inside the kernel's own NAT function, whatever priority they were given */
  readonly nat: readonly BaseChain[]
  /** connection tracking runs in a namespace only while some rule there needs it */
  readonly tracking: boolean
  /** the NAT function is there once any nat chain is */
  readonly translating: boolean
}

const FAMILIES: Readonly<Record<Family, ReadonlySet<RuleFamily>>> = { 4: new Set(['ip', 'inet']), 6: new Set(['ip6', 'inet']) }

const needsTracking = (expr: Expr): boolean => {
  if (expr.is === 'match') {
    const { match } = expr
    if (/^ct-/.test(match.kind) || (match.kind === 'mark' && match.of === 'ct')) return true
    return match.kind === 'nft' && mentionsCt(match.left)
  }
  const { action } = expr
  switch (action.kind) {
    case 'nat':
    case 'connmark':
    case 'notrack':
      return true
    case 'set-mark':
      return action.of === 'ct'
    case 'vmap':
      return mentionsCt(action.key)
    case 'set-meta':
      return action.key === 'ct mark' || mentionsCt(action.value)
    default:
      return false
  }
}

const mentionsCt = (expr: { readonly kind: string }): boolean => JSON.stringify(expr, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes('"kind":"ct"')


const cache = new WeakMap<Namespace, Map<string, HookPlan>>()
const trackingCache = new WeakMap<Namespace, Map<Family, boolean>>()

const tablesFor = (ns: Namespace, family: Family): readonly RuleTable[] => ns.tables.filter((table) => FAMILIES[family].has(table.family))

export const isTracking = (ns: Namespace, family: Family): boolean => {
  const known = trackingCache.get(ns)?.get(family)
  if (known !== undefined) return known
  const answer = tablesFor(ns, family).some((table) => [...table.chains.values()].some((chain) => chain.rules.some((rule) => rule.exprs.some(needsTracking))))
  const byFamily = trackingCache.get(ns) ?? new Map<Family, boolean>()
  byFamily.set(family, answer)
  trackingCache.set(ns, byFamily)
  return answer
}

const newest = (a: BaseChain, b: BaseChain): number => (b.table.handle ?? -1) - (a.table.handle ?? -1) || (b.chain.handle ?? -1) - (a.chain.handle ?? -1)

export const planOf = (ns: Namespace, family: Family, hook: Hook): HookPlan => {
  const key = `${family} ${hook}`
  const known = cache.get(ns)?.get(key)
  if (known) return known
  const base = tablesFor(ns, family).flatMap((table) =>
    [...table.chains.values()].flatMap((chain): BaseChain[] => (chain.base?.hook === hook ? [{ table, chain, priority: chain.base.priority }] : [])),
  )
  const plan: HookPlan = {
    chains: base.filter(({ chain }) => chain.base?.type !== 'nat').toSorted((a, b) => a.priority - b.priority || newest(a, b)),
    nat: base.filter(({ chain }) => chain.base?.type === 'nat').toSorted((a, b) => a.priority - b.priority || newest(a, b)),
    tracking: isTracking(ns, family),
    translating: tablesFor(ns, family).some((table) => [...table.chains.values()].some((chain) => chain.base?.type === 'nat')),
  }
  const plans = cache.get(ns) ?? new Map<string, HookPlan>()
  plans.set(key, plan)
  cache.set(ns, plans)
  return plan
}
