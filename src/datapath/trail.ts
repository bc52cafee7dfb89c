/**
 * The path as it is being written: steps go to the place where the packet is; a new place starts a new hop.
 */
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import type { Hop, Step } from './types.js'

export interface Trail {
  /** the packet is now here; null: inside the namespace, between its interfaces */
  at(ns: Namespace, host: string, link: Link | null): void
  add(...steps: readonly Step[]): void
  hops(): readonly Hop[]
}

interface OpenHop extends Hop {
  readonly steps: Step[]
}

export const newTrail = (): Trail => {
  const hops: OpenHop[] = []
  let open: OpenHop | null = null
  return {
    at(ns, host, link) {
      const name = link?.name ?? null
      if (open && open.host === host && open.namespace === ns.name && open.interface === name) return
      open = { host, namespace: ns.name, interface: name, steps: [] }
      hops.push(open)
    },
    add(...steps) {
      if (!open) throw new Error('a step before any place: Trail.at must come first')
      open.steps.push(...steps)
    },
    hops: () => hops.filter((hop) => hop.steps.length > 0),
  }
}
